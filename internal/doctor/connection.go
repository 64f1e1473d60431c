package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"counterpunch/internal/netsuite"
)

const askTime = "GET /services/rest/system/v1/serverTime"

// connection judges the first four rungs by one call, since a second one could be a second refused sign-in.
func (d *Doctor) connection(ctx context.Context) []Rung {
	skew, err := d.c.ClockSkew(ctx)
	reach := Rung{Result: OK, Asked: askTime, Found: "yes"}
	signIn := Rung{Result: OK, Asked: askTime, Found: "let in"}
	rest := Rung{Result: OK, Asked: askTime, Found: "the call was carried out"}
	class := netsuite.ClassOf(err)
	switch {
	case err == nil:
	case notLetIn(err):
		signIn = d.failed(askTime, err)
		rest = Rung{Result: Skipped, Found: RungSignIn + " failed"}
	case class == netsuite.Login, class == netsuite.Refused, class == netsuite.NotFound:
		rest = d.failed(askTime, err, adviceREST()...)
		rest.Advice = adviceREST()
	case d.o.Login != nil && class == netsuite.None && ctx.Err() == nil:
		// Nothing was sent: nobody has signed in, or not lately.
		skipped := Rung{Result: Skipped, Found: RungSignIn + " failed"}
		return []Rung{skipped, skipped, {Result: Failed, Asked: d.o.Login.File, Found: err.Error(), Advice: []string{d.adviceLogin()}}, skipped}
	default:
		skipped := Rung{Result: Skipped, Found: RungReach + " failed"}
		return []Rung{d.failed(askTime, err), skipped, skipped, skipped}
	}
	return []Rung{reach, d.clock(skew, err), signIn, rest}
}

// clock judges how far NetSuite's clock is ahead. A refusal tells it by the date of the answer.
func (d *Doctor) clock(skew time.Duration, err error) Rung {
	var e *netsuite.Error
	if errors.As(err, &e) {
		skew = e.Skew
	}
	r := Rung{Result: OK, Asked: askTime, Found: "no difference worth mentioning"}
	if off := skew.Abs(); off >= 2*time.Second {
		r.Found = fmt.Sprintf("the clock here is %s %s NetSuite's", off.Round(time.Second), map[bool]string{true: "behind", false: "ahead of"}[skew > 0])
		switch {
		case off > maxSkew:
			r.Result = Failed
		case off > warnSkew:
			r.Result = Warning
		}
	}
	if r.Result != OK {
		r.Advice = []string{"NetSuite refuses signatures that are off by more than 5m. Let the machine follow a time server: timedatectl set-ntp true, or the settings of the virtual machine's host."}
	}
	return r
}

// certificate judges how long the sign-in will go on working. It makes no call.
func (d *Doctor) certificate(context.Context) []Rung {
	const newPair = "counterpunch accounts certificate makes a new pair; upload it under Setup > Integration > OAuth 2.0 Client Credentials (M2M) Setup beside the old one, then change the configuration."
	if d.o.Login != nil {
		return []Rung{d.person()}
	}
	if !d.o.OAuth2 {
		return []Rung{{Result: OK, Asked: "configuration", Found: "token-based authentication, which does not end by itself", Advice: []string{
			"NetSuite takes no new integrations with token-based authentication from release 2027.1 on, and means to end the others with 2028.1: plan the change to OAuth 2.0.",
		}}}
	}
	r := Rung{Result: OK, Asked: "netsuite.oauth2.certificate of the configuration"}
	ends := d.c.Expires()
	left := time.Until(ends)
	switch {
	case ends.IsZero():
		r.Result, r.Found = Warning, "it is not known when the certificate ends"
		r.Advice = []string{"Give the uploaded certificate as netsuite.oauth2.certificate: file:PATH, so that its end is told in time. NetSuite takes none for longer than two years."}
		return []Rung{r}
	case left <= 0:
		r.Result, r.Advice = Failed, []string{newPair}
	case left < netsuite.CertificateWarning:
		r.Result, r.Advice = Warning, []string{newPair}
	}
	r.Found = "the certificate ends on " + ends.UTC().Format(time.DateOnly)
	return []Rung{r}
}

// person judges a sign-in by browser, which ends soon after it has begun.
func (d *Doctor) person() Rung {
	r := Rung{Result: Warning, Asked: d.o.Login.File, Advice: []string{d.adviceLogin(),
		"This is for trials and the command line. A worker takes client credentials: counterpunch accounts certificate makes the pair."}}
	ends, err := d.o.Login.Ends()
	switch {
	case err != nil:
		r.Result, r.Found = Failed, err.Error()
	case time.Until(ends) <= 0:
		r.Result, r.Found = Failed, "the sign-in of a person, which ended at "+ends.UTC().Format(time.RFC3339)
	default:
		r.Found = "the sign-in of a person, which ends at " + ends.UTC().Format(time.RFC3339)
	}
	return r
}

// Kind is what an account of NetSuite is for.
type Kind string

// The kinds of account.
const (
	Production     Kind = "production"
	Sandbox        Kind = "sandbox"
	ReleasePreview Kind = "release preview"
	Development    Kind = "development" // a test drive or a developer's account
)

// KindOf tells the kind by the account id.
func KindOf(a netsuite.Account) Kind {
	id, suffix, _ := strings.Cut(a.Realm, "_")
	switch {
	case strings.HasPrefix(suffix, "SB"):
		return Sandbox
	case strings.HasPrefix(suffix, "RP"):
		return ReleasePreview
	case strings.HasPrefix(id, "TD"), strings.HasPrefix(id, "TSTDRV"):
		return Development
	}
	return Production
}

// kind says what everybody should know who is responsible for the account. It makes no call.
func (d *Doctor) kind(context.Context) []Rung {
	kind := KindOf(d.c.Account())
	r := Rung{Result: OK, Asked: "account id " + d.c.Account().Realm, Found: string(kind), Advice: []string{
		"The name of the integration's user stands as Created By and Last Modified By on every change: give the user a name that people recognise.",
		"Disabling the user, taking its role or its licence away, or revoking the token stops the integration. Documents wait meanwhile.",
		"The role should see all subsidiaries that orders are in (Role > Subsidiary Restrictions: All) and no employee's records only (Employee Restrictions: none); what a role cannot see looks as if it did not exist.",
	}}
	switch kind {
	case Sandbox:
		r.Advice = append(r.Advice, "A refresh from production deletes tokens and certificate mappings: make new ones afterwards, then run this again.")
	case ReleasePreview:
		r.Advice = append(r.Advice, "A release preview account exists for some weeks before each release only.")
	case Production:
		if len(d.o.TestOf) > 0 {
			r.Result = Warning
			r.Found += ", and test documents of " + strings.Join(d.o.TestOf, ", ") + " come here"
			r.Advice = append(r.Advice, "Give accounts.sandbox of "+strings.Join(d.o.TestOf, ", ")+" an account that is none of production, or leave it out.")
		}
	}
	return []Rung{r}
}
