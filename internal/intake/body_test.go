package intake

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"counterpunch/internal/cxml"
)

const tiny = `<?xml version="1.0"?><cXML/>`

func zipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

func TestReadContentFindsTheDocument(t *testing.T) {
	related := func(parts ...string) string { return strings.Join(parts, "") + "--b--\r\n" }
	for _, c := range []struct {
		name, contentType, encoding, body, charset string
	}{
		{name: "plain", contentType: "text/xml; charset=ISO-8859-1", body: tiny, charset: "ISO-8859-1"},
		{name: "no Content-Type", body: tiny},
		{name: "badly quoted Content-Type", contentType: `text/xml; charset="utf-8`, body: tiny, charset: "utf-8"},
		{name: "gzip", contentType: "application/xml", encoding: "gzip", body: zipped(tiny)},
		{name: "single part, unquoted boundary", contentType: "multipart/related; boundary=b; type=text/xml; start=<payload.xml>",
			body: related("--b\r\nContent-Type: text/xml\r\nContent-ID: <payload.xml>\r\n\r\n" + tiny + "\r\n")},
		{name: "boundary in single quotes", contentType: "multipart/related; boundary='b'", body: related("--b\r\nContent-Type: text/xml\r\n\r\n" + tiny + "\r\n")},
		{name: "boundary that has single quotes", contentType: "multipart/related; boundary='b'", body: "--'b'\r\nContent-Type: text/xml\r\n\r\n" + tiny + "\r\n--'b'--\r\n"},
		{name: "base64 part without angle brackets", contentType: `multipart/related; boundary="b"; start="payload.xml"`,
			body: related("--b\r\nContent-Type: text/xml\r\nContent-ID: payload.xml\r\nContent-Transfer-Encoding: base64\r\n\r\nPD94bWwgdmVyc2lvbj0iMS4wIj8+PGNYTUwvPg==\r\n")},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := read(c.contentType, c.encoding, c.body)
			if err != nil {
				t.Fatal(err)
			}
			if strings.TrimSpace(string(got.cxml)) != tiny || got.charset != c.charset {
				t.Errorf("read %q with charset %q", got.cxml, got.charset)
			}
		})
	}
}

func TestReadContentRefusesWhatIsNoDocument(t *testing.T) {
	for _, c := range []struct {
		name, contentType, encoding, body, says string
	}{
		{"other media type", "application/json", "", "{}", "Content-Type"},
		{"other encoding", "text/xml", "br", tiny, "Content-Encoding"},
		{"no gzip", "text/xml", "gzip", tiny, "not gzip"},
		{"cut gzip", "text/xml", "gzip", zipped(tiny)[:20], "damaged"},
		{"too large", "text/xml", "", strings.Repeat("x", 2000), "at most 1000 are taken"},
		{"gzip bomb", "text/xml", "gzip", zipped(strings.Repeat("x", 100000)), "larger than 4000 bytes"},
		{"no boundary", "multipart/related", "", tiny, "boundary"},
		{"no XML part", "multipart/related; boundary=b", "", "--b\r\nContent-Type: application/pdf\r\n\r\nx\r\n--b--\r\n", "No part"},
		{"cut multipart", "multipart/related; boundary=b", "", "--b\r\nContent-Type: text/xml\r\n\r\n<cXML", "cannot be"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := read(c.contentType, c.encoding, c.body)
			refusal := (*cxml.Refusal)(nil)
			if !errors.As(err, &refusal) {
				t.Fatalf("got %v, want a refusal", err)
			}
			if !strings.Contains(refusal.Problems[0].Text, c.says) {
				t.Errorf("the refusal says %q, want %q in it", refusal.Problems[0].Text, c.says)
			}
		})
	}
}

func read(contentType, encoding, body string) (content, error) {
	r := httptest.NewRequest(http.MethodPost, "/cxml", strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if encoding != "" {
		r.Header.Set("Content-Encoding", encoding)
	}
	lim := Limits{Body: 1000, Inflated: 4000, Parts: 4, Attachment: 500, Attachments: 800}
	held := &loan{from: new(memory)}
	raw, err := readBody(httptest.NewRecorder(), r, lim, held)
	if err != nil {
		return content{}, err
	}
	return readContent(raw, r.Header, lim, held)
}

func FuzzReadContent(f *testing.F) {
	f.Add("multipart/related; boundary=b", "--b\r\nContent-Type: text/xml\r\n\r\n<cXML/>\r\n--b--\r\n")
	f.Add("text/xml", tiny)
	f.Add("multipart/related; boundary=b; start=%3Ca", "--b\r\nContent-Transfer-Encoding: base64\r\n\r\nAAA\r\n--b--")
	f.Add("multipart/mixed; boundary=b", "--b\r\n\r\n<cXML/>\r\n--b\r\nContent-Disposition: a; filename==?utf-8?q?x?=\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=3D\r\n--b--")
	f.Fuzz(func(t *testing.T, contentType, body string) {
		c, err := read(contentType, "", body)
		for _, p := range c.files {
			if len(p.name) > 255 || strings.ContainsAny(p.name, "/\\\x00\n") || !utf8.ValidString(p.name) {
				t.Errorf("a file is called %q", p.name)
			}
		}
		refusal := (*cxml.Refusal)(nil)
		if err != nil && !errors.As(err, &refusal) {
			t.Errorf("an error that is no refusal: %v", err)
		}
	})
}
