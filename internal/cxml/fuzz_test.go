package cxml

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// FuzzParse holds what must be true of any body: no panic, an error is a Refusal with a reason, what is accepted is
// well-formed to another reader too, what is kept holds no secret, and the payload hash survives the cut.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "<cXML/>", "{}", "<!DOCTYPE cXML [<!ENTITY a 'b'>]><cXML>&a;</cXML>", "<cXML><?x?></cXML>",
		envelopeOf(fullConfirmation), envelopeOf(fullNotice), envelopeOf(fullInvoice), envelopeOf(hashed), envelopeOf(profile),
		envelopeOf(invoice(`invoiceID=`, `purpose="creditMemo" invoiceID=`)),
		strings.Replace(envelopeOf(profile), "<SharedSecret>", `<!-- <SharedSecret>old -- --><SharedSecret a='>'><b/>`, 1),
		strings.Replace(envelopeOf(profile), "acme-secret", `<![CDATA[a</SharedSecret>]]>`, 1),
		prefixed(envelopeOf(confirm())),
		string(utf16Bytes(envelopeOf(notice()), true, true)), string(utf16Bytes(envelopeOf(notice()), false, false)),
		strings.Replace(envelopeOf(profile), "<UserAgent>test", "<UserAgent>&lt;SharedSecret&gt;a&lt;/", 1),
		strings.Replace(envelopeOf(profile), "UTF-8", "ISO-8859-1", 1) + "\xe9",
	} {
		f.Add([]byte(seed), "")
		f.Add([]byte(seed), "iso-8859-1")
	}
	f.Fuzz(func(t *testing.T, body []byte, charset string) {
		e, err := Parse(context.Background(), body, charset, Limits{})
		if err != nil {
			mustRefuse(t, err)
			return
		}
		if err := strict(e.source.text); err != nil {
			t.Fatalf("accepted what encoding/xml refuses: %v", err)
		}
		mustHideSecrets(t, e)
		d, err := e.Document(DocumentOptions{})
		switch {
		case err != nil:
			mustRefuse(t, err)
		case d == nil || (d.OrderConfirmation == nil) == (d.ShipNotice == nil && d.Invoice == nil) && d.OrderConfirmation == nil:
			t.Fatal("a document without content")
		default:
			d.Number()
			d.Orders()
			if err := strict(Response{Code: 200, Warnings: d.Warnings}.Bytes()); err != nil {
				t.Fatalf("answer is not well-formed: %v", err)
			}
		}
	})
}

func mustRefuse(t *testing.T, err error) {
	var r *Refusal
	if !errors.As(err, &r) || len(r.Problems) == 0 {
		t.Fatalf("error is no refusal with a reason: %v", err)
	}
	for _, p := range r.Problems {
		if p.Code < 400 || p.Text == "" || p.Line < 0 || p.Line > 0 && p.Column < 1 {
			t.Fatalf("problem is incomplete: %+v", p)
		}
	}
	if err := strict(Response{Code: r.Code(), Problems: r.Problems}.Bytes()); err != nil {
		t.Fatalf("answer is not well-formed: %v", err)
	}
}

func mustHideSecrets(t *testing.T, e *Envelope) {
	o := e.Original()
	kept, err := o.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(context.Background(), kept, o.Charset, Limits{})
	if err != nil {
		t.Fatalf("what is kept cannot be parsed: %v", err)
	}
	for _, party := range [][]Credential{again.From, again.To, again.Sender} {
		for _, c := range party {
			if !c.Secret.IsZero() || c.Mac != nil && !c.Mac.Value.IsZero() {
				t.Fatal("a secret was kept")
			}
		}
	}
	scanTags(again.source.text, func(tag tag) bool {
		if tag.opens && !tag.closes && isSecret(string(tag.name)) && !strings.HasPrefix(string(again.source.text[tag.end:]), "</") {
			t.Fatal("the content of a secret element was kept")
		}
		return true
	})
	elements := 0
	for range again.root.FindElements(".//*") {
		elements++
	}
	tags := 0
	scanTags(again.source.text, func(tag tag) bool {
		if tag.opens {
			tags++
		}
		return true
	})
	if tags != elements+1 {
		t.Fatalf("the scanner sees %d elements, the parser %d", tags, elements+1)
	}
	if !inPayload(e) && again.PayloadHash() != e.PayloadHash() {
		t.Fatal("the payload hash changed with the cut")
	}
}

// inPayload reports whether a secret stands in the payload itself, where the cut changes the hash.
func inPayload(e *Envelope) bool {
	for _, x := range e.payload.FindElements(".//*") {
		if isSecret(x.Tag) {
			return true
		}
	}
	return isSecret(e.payload.Tag) || strings.Contains(string(e.source.text), "<![CDATA[") ||
		strings.Contains(string(e.source.text), "&lt;")
}
