package netsuite

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"counterpunch/internal/secret"
)

// TBA is the integration user's access by Token-Based Authentication.
type TBA struct {
	ConsumerKey    string
	ConsumerSecret secret.Value
	TokenID        string
	TokenSecret    secret.Value
}

func (t TBA) signIn(c *Client, nonce func() string) error {
	t, err := t.checked()
	if err != nil {
		return err
	}
	c.http = signing(c.account, t, nonce, c.sentTo, c.transport)
	c.masked = masking(t)
	return nil
}

// checked returns the credentials without the blanks that come with copying.
func (t TBA) checked() (TBA, error) {
	trimmed := TBA{
		ConsumerKey: strings.TrimSpace(t.ConsumerKey), ConsumerSecret: secret.New(strings.TrimSpace(t.ConsumerSecret.Reveal())),
		TokenID: strings.TrimSpace(t.TokenID), TokenSecret: secret.New(strings.TrimSpace(t.TokenSecret.Reveal())),
	}
	var missing []error
	for _, part := range []struct {
		name  string
		empty bool
	}{
		{"consumer key", trimmed.ConsumerKey == ""}, {"consumer secret", trimmed.ConsumerSecret.IsZero()},
		{"token id", trimmed.TokenID == ""}, {"token secret", trimmed.TokenSecret.IsZero()},
	} {
		if part.empty {
			missing = append(missing, fmt.Errorf("the %s is missing", part.name))
		}
	}
	return trimmed, errors.Join(missing...)
}

// signature also fits where a page or a JSON text has escaped its quotation marks.
var signature = regexp.MustCompile(`oauth_signature=(\\*"|&quot;|&#34;)?[^"\\,&\s]*(\\*"|&quot;|&#34;)?`)

// masking covers what a proxy's or a script's page may echo: the whole Authorization header. The secrets themselves are
// never sent, but cost nothing to cover.
func masking(t TBA) func(string) string {
	values := strings.NewReplacer(t.ConsumerKey, secret.Masked, t.TokenID, secret.Masked,
		t.ConsumerSecret.Reveal(), secret.Masked, t.TokenSecret.Reveal(), secret.Masked)
	return func(s string) string {
		return values.Replace(signature.ReplaceAllString(s, "oauth_signature="+secret.Masked))
	}
}
