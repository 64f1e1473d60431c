package cxml

import (
	"bufio"
	"context"
	"strings"
	"testing"
)

const hashed = `<ConfirmationRequest><ConfirmationHeader type="accept" noticeDate="2026-09-01T10:00:00Z" confirmID="C&amp;1">` +
	`<Comments xml:lang="en">two  words
and <Attachment><URL>cid:1</URL></Attachment>more</Comments></ConfirmationHeader>` +
	`<OrderReference orderID="PO-1001"><DocumentReference payloadID=""/></OrderReference></ConfirmationRequest>`

// The form and its hash are stored with documents: a change here makes every resend look like another document.
func TestPayloadHashIsFixed(t *testing.T) {
	e := mustParse(t, envelopeOf(hashed))
	var b strings.Builder
	w := bufio.NewWriter(&b)
	writeCanonical(w, e.payload)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	const form = `<ConfirmationRequest><ConfirmationHeader confirmID="C&amp;1" noticeDate="2026-09-01T10:00:00Z" type="accept">` +
		`<Comments xml:lang="en">two  words
and <Attachment><URL>cid:1</URL></Attachment>more</Comments></ConfirmationHeader>` +
		`<OrderReference orderID="PO-1001"><DocumentReference payloadID=""></DocumentReference></OrderReference></ConfirmationRequest>`
	if b.String() != form {
		t.Errorf("canonical form\n%s\nwant\n%s", b.String(), form)
	}
	const hash = "8a85695323728f3c98bb252e36083e835a57a12304013189c997ff5515141d67"
	if got := e.PayloadHash(); got != hash {
		t.Errorf("hash = %s, want %s", got, hash)
	}
}

func TestPayloadHashIgnoresHowAResendIsWritten(t *testing.T) {
	first := envelopeOf(hashed)
	want := mustParse(t, first).PayloadHash()
	swap := func(old, new string) string {
		if !strings.Contains(first, old) {
			t.Fatalf("%q is not in the document", old)
		}
		return strings.ReplaceAll(first, old, new)
	}
	same := map[string]string{
		"envelope timestamp":  swap("10:00:00+02:00", "11:30:00+02:00"),
		"secret":              swap("acme-secret", "rotated"),
		"attribute order":     swap(`type="accept" noticeDate="2026-09-01T10:00:00Z" confirmID="C&amp;1"`, `confirmID='C&#38;1' type="accept"  noticeDate="2026-09-01T10:00:00Z"`),
		"indentation":         swap("<OrderReference", "\n\t<!-- here -->\n  <OrderReference"),
		"line ends":           swap("\n", "\r\n"),
		"empty element":       swap(`<DocumentReference payloadID=""/>`, `<DocumentReference payloadID=""></DocumentReference>`),
		"comment in text":     swap("and <Att", "an<!-- x -->d <Att"),
		"CDATA":               swap("two  words", "<![CDATA[two  words]]>"),
		"default namespace":   swap("<cXML ", `<cXML xmlns="urn:x" `),
		"namespace elsewhere": swap("<ConfirmationRequest", `<ConfirmationRequest xmlns:xsi="urn:xsi"`),
	}
	for name, body := range same {
		if got := mustParse(t, body).PayloadHash(); got != want {
			t.Errorf("%s changes the hash", name)
		}
	}
	for _, little := range []bool{true, false} {
		e, err := Parse(context.Background(), utf16Bytes(first, little, true), "", Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if e.PayloadHash() != want {
			t.Errorf("the charset changes the hash")
		}
	}
	different := map[string]string{
		"an attribute":               swap(`"accept"`, `"reject"`),
		"a blank in text":            swap("two  words", "two words"),
		"a blank in a value":         swap(`orderID="PO-1001"`, `orderID="PO-1001 "`),
		"an element's place":         swap("<URL>cid:1</URL></Attachment>more", "<URL>cid:1</URL>more</Attachment>"),
		"an element's name":          swap("OrderReference", "OrderRefer"),
		"white space as value":       swap("<URL>cid:1</URL>", "<URL> </URL>"),
		"text that looks like a tag": swap("two  words", "two  words&lt;b&gt;&lt;/b&gt;"),
	}
	seen := map[string]string{want: "the first"}
	for name, body := range different {
		got := mustParse(t, body).PayloadHash()
		if other, ok := seen[got]; ok {
			t.Errorf("%s has the hash of %s", name, other)
		}
		seen[got] = name
	}
}
