package cxml

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/document"
)

// envelopeOf wraps a payload in an envelope whose credentials are valid.
func envelopeOf(payload string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<cXML payloadID="p-1@acme.example" timestamp="2026-09-01T10:00:00+02:00" version="1.2.069" xml:lang="en-US">
<Header>
<From><Credential domain="DUNS"><Identity>111111111</Identity></Credential></From>
<To><Credential domain="NetworkID"><Identity>AN01000000001</Identity></Credential></To>
<Sender><Credential domain="DUNS"><Identity>111111111</Identity><SharedSecret>acme-secret</SharedSecret></Credential><UserAgent>test</UserAgent></Sender>
</Header>
<Request>` + payload + `</Request>
</cXML>
`
}

func mustParse(t *testing.T, xml string) *Envelope {
	t.Helper()
	// A loaded machine must not decide what is read.
	e, err := Parse(context.Background(), []byte(xml), "", Limits{Time: time.Minute})
	if err != nil {
		t.Fatalf("Parse: %v", problemsOf(err))
	}
	return e
}

func mustDocument(t *testing.T, payload string) *document.Document {
	t.Helper()
	d, err := mustParse(t, envelopeOf(payload)).Document(DocumentOptions{})
	if err != nil {
		t.Fatalf("Document: %v", problemsOf(err))
	}
	return d
}

// refused returns the problems of a payload that must be refused.
func refused(t *testing.T, payload string) []Problem {
	t.Helper()
	_, err := mustParse(t, envelopeOf(payload)).Document(DocumentOptions{})
	if err == nil {
		t.Fatal("the document was accepted")
	}
	return problemsOf(err)
}

func problemsOf(err error) []Problem {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Problems
	}
	return nil
}

// hasProblem reports whether a problem at a path ending so contains the text.
func hasProblem(all []Problem, path, text string) bool {
	for _, p := range all {
		if strings.HasSuffix(p.Path, path) && strings.Contains(p.Text, text) && p.Line > 0 && p.Column > 0 {
			return true
		}
	}
	return false
}

func hasWarning(d *document.Document, code, original string) bool {
	for _, w := range d.Warnings {
		if w.Code == code && w.Original == original {
			return true
		}
	}
	return false
}

func dec(s string) document.Decimal { return document.MustDecimal(s) }

func usd(s string) *document.Money { return &document.Money{Amount: dec(s), Currency: "USD"} }
