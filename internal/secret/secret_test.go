package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/rs/zerolog"

	"counterpunch/internal/secret"
)

const canary = "canary-7f3a"

func TestNoWayOfPrintingShowsTheSecret(t *testing.T) {
	type holder struct {
		Exported secret.Value `json:"exported" yaml:"exported"`
		hidden   secret.Value
	}
	h := holder{Exported: secret.New(canary), hidden: secret.New(canary)}
	var logged bytes.Buffer
	log := zerolog.New(&logged)
	log.Info().Interface("holder", h).Object("value", h.hidden).Stringer("text", h.hidden).Send()
	asJSON, _ := json.Marshal(h)
	asYAML, _ := yaml.Marshal(h)
	for how, text := range map[string]string{
		"%v": fmt.Sprintf("%v", h), "%+v": fmt.Sprintf("%+v", h), "%#v": fmt.Sprintf("%#v", h),
		//lint:ignore S1025 formatting is what is tested
		"%s": fmt.Sprintf("%s", h.hidden), "%q": fmt.Sprintf("%q", h.hidden), "%x": fmt.Sprintf("%x", h.hidden),
		"json": string(asJSON), "yaml": string(asYAML), "log": logged.String(),
	} {
		if strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) {
			t.Errorf("%s shows the secret: %s", how, text)
		}
	}
}

func TestMaskedFormIsRefused(t *testing.T) {
	var v secret.Value
	if err := v.UnmarshalText([]byte(secret.Masked)); err == nil {
		t.Error("the masked form was loaded as a secret")
	}
}

func TestEqual(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{{"x", "x", true}, {"x", "y", false}, {"x", "xx", false}, {"", "", false}} {
		if got := secret.New(c.a).Equal(secret.New(c.b)); got != c.want {
			t.Errorf("Equal(%q, %q) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
