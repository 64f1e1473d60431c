package cxml

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/secret"
	"github.com/google/go-cmp/cmp"
)

func TestParseReadsTheEnvelope(t *testing.T) {
	e := mustParse(t, `<cXML payloadID=" p " timestamp="2026-09-01T10:00:00+02:00" version="1.2.069" xml:lang="de">
<Header>
<From><Credential domain="DUNS"><Identity>
  111111111
</Identity></Credential><Credential domain="NetworkID" type="marketplace"><Identity>AN1<b>2</b></Identity></Credential></From>
<To><Credential domain="NetworkID"><Identity>AN01000000001</Identity></Credential></To>
<Sender>
<Credential domain="A"><Identity>a</Identity><SharedSecret> one </SharedSecret></Credential>
<Credential domain="B"><Identity>b</Identity></Credential>
<Credential domain="C"><Identity>c</Identity><CredentialMac type="FromSenderCredentials" algorithm="HMAC-SHA1-96" creationDate=" 2003-01-15T08:42:46-08:00" expirationDate="2003-01-15T11:42:46-08:00">
 MAC== </CredentialMac></Credential>
<UserAgent>agent</UserAgent></Sender>
</Header><Request deploymentMode="test"><ProfileRequest/></Request></cXML>`)
	if e.PayloadID != "p" || e.Version != "1.2.069" || e.Lang != "de" || e.UserAgent != "agent" || e.DeploymentMode != Test {
		t.Errorf("envelope = %+v", e)
	}
	if e.Timestamp == nil || e.Timestamp.Format("2006-01-02T15:04:05Z07:00") != "2026-09-01T10:00:00+02:00" {
		t.Errorf("timestamp = %v", e.Timestamp)
	}
	from := []Credential{{Domain: "DUNS", Identity: "111111111"}, {Domain: "NetworkID", Type: "marketplace", Identity: "AN1 2"}}
	sameSecret := cmp.Comparer(func(a, b secret.Value) bool { return a.Reveal() == b.Reveal() })
	if d := cmp.Diff(from, e.From, sameSecret); d != "" {
		t.Errorf("From (-want +got)\n%s", d)
	}
	sender := []Credential{
		{Domain: "A", Identity: "a", Secret: secret.New("one")},
		{Domain: "B", Identity: "b"},
		{Domain: "C", Identity: "c", Mac: &Mac{Type: "FromSenderCredentials", Algorithm: "HMAC-SHA1-96",
			CreationDate: " 2003-01-15T08:42:46-08:00", ExpirationDate: "2003-01-15T11:42:46-08:00", Value: secret.New("MAC==")}},
	}
	if d := cmp.Diff(sender, e.Sender, sameSecret); d != "" {
		t.Errorf("Sender (-want +got)\n%s", d)
	}
	if s := fmt.Sprintf("%+v %#v", e.Sender, e.Sender); strings.Contains(s, "one") || strings.Contains(s, "MAC==") {
		t.Error("a printed credential shows its secret")
	}
}

func TestParseRefusesEnvelopesItCannotUse(t *testing.T) {
	good := envelopeOf(profile)
	swap := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the envelope", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	tests := []struct {
		name, body string
		code       int
		path, text string
	}{
		{"response", `<cXML><Response><Status code="200" text="OK"/></Response></cXML>`, 400, "/cXML/Response", "is a Response"},
		{"message", `<cXML><Header/><Message><PunchOutOrderMessage/></Message></cXML>`, 450, "/cXML/Message", "Message is not supported"},
		{"no request", swap(`<Request><ProfileRequest/></Request>`, ""), 400, "/cXML", "no Request"},
		{"two requests", swap(`</cXML>`, `<Request><ProfileRequest/></Request></cXML>`), 400, "/cXML/Request[2]", "second Request"},
		{"message beside the request", swap(`</cXML>`, `<Message/></cXML>`), 400, "/cXML/Message", "beside the Request"},
		{"empty request", swap(profile, " \n"), 400, "/cXML/Request", "Request is empty"},
		{"confirmation beside an approval", swap(profile, `<ApprovalRequest/><ConfirmationRequest/>`), 400, "/cXML/Request/ConfirmationRequest", "beside <ApprovalRequest>"},
		{"two payloads", swap(profile, profile+profile), 400, "/cXML/Request/ProfileRequest[2]", "Exactly one"},
		{"unknown mode", swap("<Request>", `<Request deploymentMode="staging">`), 400, "/cXML/Request/@deploymentMode", "production or test"},
		{"no header", `<cXML><Request><ProfileRequest/></Request></cXML>`, 400, "/cXML", "no Header"},
		{"two headers", swap("</Header>", "</Header><Header/>"), 400, "/cXML/Header[2]", "second Header"},
		{"no sender", strings.ReplaceAll(good, "Sender>", "Other>"), 400, "/cXML/Header", "no Sender"},
		{"two senders", swap("</Header>", "<Sender/></Header>"), 400, "/cXML/Header/Sender[2]", "second Sender"},
		{"no credential", swap(`<Credential domain="NetworkID"><Identity>AN01000000001</Identity></Credential>`, ""), 400, "/cXML/Header/To", "no Credential"},
		{"two identities", swap("</Identity><Shared", "</Identity><Identity>222222222</Identity><Shared"), 400, "/Credential/Identity[2]", "second Identity"},
		{"two secrets", swap("</SharedSecret>", "</SharedSecret><SharedSecret>x</SharedSecret>"), 400, "/SharedSecret[2]", "second SharedSecret"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(context.Background(), []byte(tt.body), "", Limits{})
			all := problemsOf(err)
			if !hasProblem(all, tt.path, tt.text) || all[0].Code != tt.code {
				t.Errorf("problems = %v, want %d at %s with %q", all, tt.code, tt.path, tt.text)
			}
		})
	}
}

func TestEnvelopeKnowsItsKind(t *testing.T) {
	tests := []struct {
		payload, name string
		kind          document.Kind
		ok            bool
	}{
		{"<ConfirmationRequest/>", "ConfirmationRequest", document.KindOrderConfirmation, true},
		{"<ShipNoticeRequest/>", "ShipNoticeRequest", document.KindShipNotice, true},
		{"<InvoiceDetailRequest/>", "InvoiceDetailRequest", document.KindInvoice, true},
		{"<ApprovalRequest><ConfirmationRequest/></ApprovalRequest>", "ApprovalRequest", "", false},
		{`<x:ConfirmationRequest xmlns:x="urn:x"/>`, "x:ConfirmationRequest", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := mustParse(t, envelopeOf(tt.payload))
			kind, ok := e.Kind()
			if e.PayloadName() != tt.name || kind != tt.kind || ok != tt.ok {
				t.Errorf("%q, %q, %t", e.PayloadName(), kind, ok)
			}
			if !tt.ok {
				_, err := e.Document(DocumentOptions{})
				if all := problemsOf(err); len(all) != 1 || all[0].Code != 450 {
					t.Errorf("Document = %v, want 450", err)
				}
			}
		})
	}
	for mode, want := range map[string]string{"": Production, ` deploymentMode=""`: Production, ` deploymentMode="Test"`: Test, ` deploymentMode="production"`: Production} {
		if got := mustParse(t, strings.Replace(envelopeOf(profile), "<Request>", "<Request"+mode+">", 1)).DeploymentMode; got != want {
			t.Errorf("<Request%s> is %q, want %q", mode, got, want)
		}
	}
}
