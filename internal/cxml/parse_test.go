package cxml

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

const profile = `<ProfileRequest/>`

func TestParseRefusesWhatIsNotWellFormed(t *testing.T) {
	good := envelopeOf(profile)
	root := strings.SplitN(good, "\n", 2)[1]
	tests := []struct {
		name         string
		body         string
		line, column int
		text         string
	}{
		{"empty", " \n", 0, 0, "body is empty"},
		{"plain text", "hello", 1, 1, "not XML"},
		{"json", "\n {\"a\":1}", 2, 2, "not XML"},
		{"only a declaration", `<?xml version="1.0"?>`, 1, 22, "no root element"},
		{"mismatched tags", "<cXML>\n<a>\n <b>\n</a></cXML>", 4, 1, "</a> stands where <b> of line 3"},
		{"end tag alone", "</cXML>", 1, 1, "no start tag"},
		{"cut off", "<cXML>\n<Header>\n", 3, 1, "ends before <Header> of line 2"},
		{"cut off in a tag", "<cXML>\n<Header", 2, 8, "cut off"},
		{"bare ampersand", "<cXML>\n<a>x & y</a></cXML>", 2, 7, "Write & as &amp;"},
		{"undeclared entity", "<cXML><a>&nbsp;</a></cXML>", 1, 16, "Write & as &amp;"},
		{"unquoted attribute", "<cXML a=1/>", 1, 10, "unquoted"},
		{"less-than in an attribute", `<cXML a="<"/>`, 1, 11, "Write < as &lt;"},
		{"internal subset", `<!DOCTYPE cXML [<!ENTITY a "b">]>` + "\n" + root, 1, 1, "internal subset"},
		{"comment in the doctype", `<!DOCTYPE cXML <!-- " --> >` + "\n" + root, 1, 1, "DOCTYPE cannot be read"},
		{"punctuation in the doctype's name", `<!DOCTYPE cXM; SYSTEM "http://x.invalid">` + "\n" + root, 1, 1, "DOCTYPE cannot be read"},
		{"no blank before the doctype's address", `<!DOCTYPE cXML SYSTEM"http://x.invalid">` + "\n" + root, 1, 1, "DOCTYPE cannot be read"},
		{"markup in the doctype's public id", `<!DOCTYPE cXML PUBLIC "<x>" "http://x.invalid">` + "\n" + root, 1, 1, "DOCTYPE cannot be read"},
		{"two doctypes", "<!DOCTYPE cXML>\n<!DOCTYPE cXML>" + root, 2, 1, "more than one DOCTYPE"},
		{"doctype after the root", good + "<!DOCTYPE cXML>", 10, 1, "before the root"},
		{"declaration outside a doctype", "<!ELEMENT a ANY>" + root, 1, 1, "outside a DOCTYPE"},
		{"instruction", "<?php x ?>" + root, 1, 1, "Processing instructions"},
		{"instruction inside", "<cXML><?x y?></cXML>", 1, 7, "Processing instructions"},
		{"late declaration", "\n" + good, 2, 1, "very first thing"},
		{"XML 1.1", `<?xml version="1.1"?><cXML/>`, 1, 22, "only XML 1.0"},
		{"duplicate attribute", "<cXML>\n <a x='1' x='2'/></cXML>", 2, 2, "attribute x stands twice"},
		{"text after the root", good + " \nmore", 11, 1, "Text follows"},
		{"second root", good + "<cXML/>", 10, 1, "second root"},
		{"NUL", "<cXML>\x00</cXML>", 1, 7, "not allowed"},
		{"control character", "<cXML>\n<!-- \x01 --></cXML>", 2, 6, "not allowed"},
		{"control reference", "<cXML><a>&#1;</a></cXML>", 1, 14, "not well-formed"},
		{"U+FFFF", "<cXML>\uffff</cXML>", 1, 7, "not allowed"},
		{"invalid UTF-8", "<cXML>\n\u00e9\xff</cXML>", 2, 2, "not valid UTF-8"},
		{"CDATA end in text", "<cXML>]]></cXML>", 1, 10, "not well-formed"},
		{"double hyphen in a comment", "<cXML><!-- -- --></cXML>", 1, 15, "not well-formed"},
		{"half a surrogate pair", "<cXML><a>&#xD800;</a></cXML>", 1, 10, "no character"},
		{"attributes without a blank", "<cXML>\n<a b='>'c='2'/></cXML>", 2, 9, "White space is missing"},
		{"declaration without version", `<?xml encoding="UTF-8"?><cXML/>`, 1, 1, "declaration cannot be read"},
		{"declaration with a gap", `<?xml version="1.0"encoding="UTF-8"?><cXML/>`, 1, 1, "declaration cannot be read"},
		{"other root", "<Combined>\n</Combined>", 1, 1, "starts with <cXML>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(context.Background(), []byte(tt.body), "", Limits{})
			all := problemsOf(err)
			if len(all) == 0 {
				t.Fatalf("Parse = %v, want a refusal", err)
			}
			p := all[0]
			if p.Code != 406 || p.Line != tt.line || p.Column != tt.column || !strings.Contains(p.Text, tt.text) {
				t.Errorf("problem = %d at %d:%d %q, want 406 at %d:%d with %q", p.Code, p.Line, p.Column, p.Text, tt.line, tt.column, tt.text)
			}
		})
	}
}

func TestParseAcceptsWhatIsUnusual(t *testing.T) {
	good := envelopeOf(profile)
	head, root, _ := strings.Cut(good, "\n")
	tests := map[string]string{
		"as it is":               good,
		"no declaration":         root,
		"byte order mark":        "\ufeff" + good,
		"doctype":                head + "<!DOCTYPE cXML SYSTEM \"http://svcsc1man05.invalid/cXML.dtd\">" + root,
		"doctype in apostrophes": head + "\n<!DOCTYPE cXML SYSTEM 'http://x.invalid/a>b'>\n" + root,
		"public doctype":         head + `<!DOCTYPE cXML PUBLIC "-//x" "http://x.invalid">` + root,
		"comments around":        head + "<!-- a --><!-- <!DOCTYPE x [ ]> -->" + root + "<!-- b -->\n\n",
		"CRLF":                   strings.ReplaceAll(good, "\n", "\r\n"),
		"default namespace":      strings.Replace(good, "<cXML ", `<cXML xmlns="http://www.kuali.org/kfs/purap/electronicInvoice" `, 1),
		"schema instance":        strings.Replace(good, "<cXML ", `<cXML xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="x.xsd" `, 1),
		"explicit xmlns:xml":     strings.Replace(good, "<cXML ", `<cXML xmlns:xml="http://www.w3.org/XML/1998/namespace" `, 1),
		"prefix everywhere":      prefixed(good),
		"CDATA":                  strings.Replace(good, ">acme-secret<", "><![CDATA[acme-secret]]><", 1),
	}
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			e, err := Parse(context.Background(), []byte(body), "", Limits{})
			if err != nil {
				t.Fatalf("Parse: %v", err)
			}
			if e.PayloadName() != "ProfileRequest" || e.PayloadID != "p-1@acme.example" {
				t.Errorf("payload %q, payloadID %q", e.PayloadName(), e.PayloadID)
			}
			if got := e.Sender[0].Secret.Reveal(); got != "acme-secret" {
				t.Error("the secret was not read")
			}
		})
	}
}

// prefixed puts every element into the namespace prefix c.
func prefixed(s string) string {
	s = strings.NewReplacer("</", "</c:", "<?", "<?", "<", "<c:").Replace(s)
	return strings.Replace(s, "<c:cXML ", `<c:cXML xmlns:c="urn:c" `, 1)
}

func TestParseDecidesTheCharset(t *testing.T) {
	const agent = "Müller’s €"
	doc := func(encoding string) string {
		s := strings.Replace(envelopeOf(profile), "<UserAgent>test<", "<UserAgent>"+agent+"<", 1)
		return strings.Replace(s, "UTF-8", encoding, 1)
	}
	win := func(s string) []byte {
		b, err := charmap.Windows1252.NewEncoder().Bytes([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	tests := []struct {
		name, http string
		body       []byte
		charset    string
	}{
		{"nothing said", "", []byte(strings.SplitN(doc(""), "\n", 2)[1]), "UTF-8"},
		{"UTF-8 mark over everything", "iso-8859-1", []byte("\ufeff" + doc("ISO-8859-1")), "UTF-8"},
		{"Windows-1252 declared", "", win(doc("Windows-1252")), "windows-1252"},
		{"Windows-1252 by HTTP", "windows-1252", win(doc("UTF-8")), "windows-1252"},
		{"HTTP says UTF-8 wrongly", "utf-8", win(doc("windows-1252")), "windows-1252"},
		{"HTTP says Latin-1 wrongly", "ISO-8859-1", []byte(doc("UTF-8")), "UTF-8"},
		{"Latin-1 with Windows characters", "", win(doc("ISO-8859-1")), "windows-1252"},
		{"UTF-16LE with mark", "", utf16Bytes(doc("UTF-16"), true, true), "UTF-16LE"},
		{"UTF-16BE with mark", "utf-8", utf16Bytes(doc("UTF-16"), false, true), "UTF-16BE"},
		{"UTF-16LE without mark", "", utf16Bytes(doc("UTF-16"), true, false), "UTF-16LE"},
		{"UTF-16 label that survived a conversion", "", []byte(doc("UTF-16")), "UTF-8"},
		{"quoted HTTP charset", `"utf-8"`, []byte(doc("UTF-8")), "UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := Parse(context.Background(), tt.body, tt.http, Limits{})
			if err != nil {
				t.Fatalf("Parse: %v", err)
			}
			if e.UserAgent != agent || e.Original().Charset != tt.charset {
				t.Errorf("agent %q, charset %q; want %q, %q", e.UserAgent, e.Original().Charset, agent, tt.charset)
			}
		})
	}
	t.Run("Latin-1", func(t *testing.T) {
		b, err := charmap.ISO8859_1.NewEncoder().Bytes([]byte(strings.Replace(doc("ISO-8859-1"), agent, "Müller", 1)))
		if err != nil {
			t.Fatal(err)
		}
		e, err := Parse(context.Background(), b, "", Limits{})
		if err != nil || e.UserAgent != "Müller" || e.Original().Charset != "ISO-8859-1" {
			t.Errorf("Parse = %+v, %v", e, err)
		}
	})
	t.Run("unsupported", func(t *testing.T) {
		_, err := Parse(context.Background(), []byte(doc("Shift_JIS")), "", Limits{})
		if err == nil || !strings.Contains(err.Error(), `"Shift_JIS" is not supported`) {
			t.Errorf("Parse = %v", err)
		}
	})
	t.Run("lone surrogate", func(t *testing.T) {
		b := utf16Bytes(doc("UTF-16"), true, true)
		b = append(b, '<', 0, '!', 0, '-', 0, '-', 0, 0x00, 0xD8, '-', 0, '-', 0, '>', 0)
		_, err := Parse(context.Background(), b, "", Limits{})
		if err == nil || !strings.Contains(err.Error(), "not valid UTF-16LE") {
			t.Errorf("Parse = %v", err)
		}
	})
}

func utf16Bytes(s string, little, mark bool) []byte {
	units := utf16.Encode([]rune(s))
	if mark {
		units = append([]uint16{0xFEFF}, units...)
	}
	var b []byte
	for _, u := range units {
		if little {
			b = append(b, byte(u), byte(u>>8))
		} else {
			b = append(b, byte(u>>8), byte(u))
		}
	}
	return b
}

func TestParseKeepsWithinLimits(t *testing.T) {
	good := envelopeOf(`<ProfileRequest a="12345" b="2"><x>12345</x></ProfileRequest>`)
	// busy has 21 attributes in 16 elements.
	busy := strings.Replace(good, "<x>", `<x a="=" b='"=' c="=='" d="" e="" f="" g="" h="" i="" j="" k="" l="">=`, 1)
	tests := []struct {
		name string
		lim  Limits
		text string
	}{
		{"body", Limits{Body: 100}, "at most 100"},
		{"depth", Limits{Depth: 4}, "more than 4 deep"},
		{"elements", Limits{Elements: 10}, "more than 10 elements"},
		{"attributes", Limits{Attributes: 3}, "has 4 attributes; at most 3"},
		{"attribute value", Limits{AttributeValue: 4}, "at most 4"},
		{"text", Limits{Text: 4}, "at most 4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(context.Background(), []byte(good), "", tt.lim)
			all := problemsOf(err)
			if len(all) == 0 || !strings.Contains(all[0].Text, tt.text) || all[0].Code != 406 {
				t.Errorf("Parse = %v, want 406 with %q", err, tt.text)
			}
		})
	}
	t.Run("within", func(t *testing.T) {
		exact := Limits{Body: int64(len(good)), Depth: 5, Elements: 16, Attributes: 4}
		if _, err := Parse(context.Background(), []byte(good), "", exact); err != nil {
			t.Errorf("Parse at the limits: %v", err)
		}
	})
	t.Run("attributes of all elements", func(t *testing.T) {
		if _, err := Parse(context.Background(), []byte(busy), "", Limits{Elements: 21}); err != nil {
			t.Errorf("Parse at the limit: %v", err)
		}
		_, err := Parse(context.Background(), []byte(busy), "", Limits{Elements: 20})
		if all := problemsOf(err); len(all) != 1 || all[0].Code != 406 || !strings.Contains(all[0].Text, "more than 20 attributes") {
			t.Errorf("Parse = %v", err)
		}
	})
	for _, long := range []string{"<ns:" + strings.Repeat("a", maxName-1) + "/>", "<a " + strings.Repeat("b", maxName+1) + `=""/>`} {
		_, err := Parse(context.Background(), []byte(strings.Replace(good, "<x>12345</x>", long, 1)), "", Limits{})
		if all := problemsOf(err); len(all) != 1 || all[0].Code != 406 || !strings.Contains(all[0].Text, "has 257 bytes; at most 256") {
			t.Errorf("Parse of a long name = %.300s", err)
		}
	}
	t.Run("time", func(t *testing.T) {
		_, err := Parse(context.Background(), []byte(good), "", Limits{Time: time.Nanosecond})
		if all := problemsOf(err); len(all) != 1 || all[0].Code != 560 {
			t.Errorf("Parse = %v, want 560", err)
		}
	})
	t.Run("lines", func(t *testing.T) {
		items := strings.Repeat(`<ConfirmationItem/>`, 3)
		e, err := Parse(context.Background(), []byte(envelopeOf(`<ConfirmationRequest>`+items+`</ConfirmationRequest>`)), "", Limits{Lines: 2})
		if err != nil {
			t.Fatal(err)
		}
		_, err = e.Document(DocumentOptions{})
		if all := problemsOf(err); len(all) != 1 || !strings.Contains(all[0].Text, "has 3 lines; at most 2") {
			t.Errorf("Document = %v", err)
		}
	})
}

func TestDefaultLimitsLeaveRoomForFiveThousandLines(t *testing.T) {
	if testing.Short() {
		t.Skip("large document")
	}
	one := invoice()
	from, to := strings.Index(one, "<InvoiceDetailItem "), strings.Index(one, "</InvoiceDetailOrder>")
	extrinsics := strings.Repeat(`<Extrinsic name="what a supplier adds">a few words of text</Extrinsic>`, 12)
	line := strings.Replace(one[from:to], "</InvoiceDetailItem>", extrinsics+"</InvoiceDetailItem>", 1)
	body := envelopeOf(one[:from] + strings.Repeat(line, 5000) + one[to:])
	if len(body) < 5_100_000 {
		t.Fatalf("the document has only %d bytes", len(body))
	}
	d, err := mustParse(t, body).Document(DocumentOptions{})
	if err != nil {
		t.Fatal(problemsOf(err))
	}
	if n := len(d.Invoice.Orders[0].Items); n != 5000 {
		t.Errorf("%d lines", n)
	}
}

func TestParseNeverTakesLongOverHostileBodies(t *testing.T) {
	tests := map[string]string{
		"deep":            strings.Repeat("<a>", 100_000),
		"wide attributes": "<cXML" + manyAttributes(50_000) + "/>",
		"many elements":   "<cXML>" + strings.Repeat("<a/>", 300_000) + "</cXML>",
		"open quotes":     strings.Repeat(`<a b="`, 100_000),
		"comments":        strings.Repeat("<!--", 100_000),
	}
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse(context.Background(), []byte(body), "", Limits{}); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func manyAttributes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ` a%d=""`, i)
	}
	return b.String()
}

// strict reports whether encoding/xml finds the whole text well-formed.
func strict(text []byte) error {
	d := xml.NewDecoder(strings.NewReader(string(text)))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		if _, err := d.Token(); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("read token: %w", err)
		}
	}
}

func TestRefusalsNeverQuoteASecret(t *testing.T) {
	for _, content := range []string{"a&s3cret;", "a&s3cret", "a<s3cret</SharedSecret>", "a</s3cret>", "<?s3cret ?>", "<!s3cret>", "<a><s3cret></a>", "<s3cret", "<a s3cret='1' s3cret='2'/>"} {
		body := strings.Replace(envelopeOf(profile), "acme-secret", content, 1)
		_, err := Parse(context.Background(), []byte(body), "", Limits{})
		all := problemsOf(err)
		if len(all) == 0 {
			t.Errorf("%q was accepted", content)
		}
		for _, p := range all {
			if strings.Contains(p.String(), "s3cret") || p.Line == 0 {
				t.Errorf("%q: %s", content, p)
			}
		}
	}
}
