package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/event"
)

const pdf = "%PDF-1.7\n\x00\xff\xfe binary \r\n--boundary-like"

// referring returns a document that refers to the URLs.
func referring(urls ...string) string {
	var b strings.Builder
	for _, u := range urls {
		fmt.Fprintf(&b, "<Attachment><URL>%s</URL></Attachment>", u)
	}
	return paper{comments: b.String()}.String()
}

// message joins parts, each a header and a body, with the boundary b.
func message(parts ...[2]string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--b\r\n" + p[0] + "\r\n\r\n" + p[1] + "\r\n")
	}
	return b.String() + "--b--"
}

func kept(contentID, name, mediaType, data string) event.Attachment {
	sum := sha256.Sum256([]byte(data))
	return event.Attachment{ContentID: contentID, Name: name, MediaType: mediaType, Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), Ref: "attachment/" + hex.EncodeToString(sum[:])}
}

func TestAttachmentsAreKeptBesideTheDocument(t *testing.T) {
	root := func(doc string) [2]string {
		return [2]string{"Content-Type: text/xml; charset=UTF-8\r\nContent-ID: <payload.xml>", doc}
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(pdf))
	file := [2]string{"Content-Type: application/pdf; name=inv.pdf\r\nContent-ID: <inv@acme>\r\nContent-Transfer-Encoding: base64", encoded[:20] + "\r\n " + encoded[20:]}
	one := []event.Attachment{kept("inv@acme", "inv.pdf", "application/pdf", pdf)}
	const related = "multipart/related; boundary=b; type=\"text/xml\""
	for _, c := range []struct {
		name, contentType, body string
		want                    []event.Attachment
		warnings                []string // codes
	}{
		{"start parameter and base64", related + `; start="<payload.xml>"`, message(root(referring("cid:inv@acme")), file), one, nil},
		{"no quotes anywhere, start without them too", "multipart/related; boundary=b; type=text/xml; start=<payload.xml>", message(root(referring("cid:inv@acme")), file), one, nil},
		{"quoted boundary", `multipart/related; boundary="b"`, message(root(referring("cid:inv@acme")), file), one, nil},
		{"root not first", related + "; start=payload.xml", message(file, root(referring("cid:inv@acme"))), one, nil},
		{"root not first, no start, another XML before it", related,
			message([2]string{"Content-Type: text/xml\r\nContent-ID: <ubl>", "<Invoice/>"}, root(referring("cid:ubl"))),
			[]event.Attachment{kept("ubl", "", "text/xml", "<Invoice/>")}, nil},
		{"two that look like the document", related,
			message(root(referring("cid:copy")), [2]string{"Content-Type: text/xml\r\nContent-ID: <copy>", "<cXML/>"}),
			[]event.Attachment{kept("copy", "", "text/xml", "<cXML/>")}, nil},
		{"start that names no part", related + "; start=<other>", message(root(referring("cid:inv@acme")), file), one, []string{"multipart-start"}},
		{"multipart/mixed with a closing line end", "multipart/mixed; boundary=b", message(root(referring("cid:inv@acme")), file) + "\r\n", one, nil},
		{"preamble and epilogue", related, "This is a message.\r\n" + message(root(referring("cid:inv@acme")), file) + "\r\nbye", one, nil},
		{"line feeds alone", related, strings.ReplaceAll(message(root(referring("cid:inv@acme")), file), "\r\n", "\n"), one, nil},
		{"Content-ID without angle brackets, reference percent-encoded", related,
			message(root(referring("cid:inv%20no.%201%40acme")), [2]string{"Content-Type: application/pdf\r\nContent-ID: inv no. 1@acme", pdf}),
			[]event.Attachment{kept("inv no. 1@acme", "", "application/pdf", pdf)}, nil},
		{"reference without scheme, by name", related, message(root(referring("inv.pdf")), [2]string{"Content-Disposition: attachment; filename=\"C:\\docs\\inv.pdf\"", "x"}),
			[]event.Attachment{kept("", "inv.pdf", "", "x")}, nil},
		{"PDF called text/plain with a name in single quotes", related,
			message(root(referring("CID:x")), [2]string{"Content-Type: text/plain\r\nContent-Disposition: attachment; filename='x y.pdf'\r\nContent-ID: <x>\r\nContent-Transfer-Encoding: 8bit", pdf}),
			[]event.Attachment{kept("x", "x y.pdf", "application/pdf", pdf)}, nil},
		{"quoted-printable", related, message(root(referring("cid:x")), [2]string{"Content-Type: text/csv\r\nContent-ID: <x>\r\nContent-Transfer-Encoding: Quoted-Printable", "caf=C3=A9 =\r\nau lait"}),
			[]event.Attachment{kept("x", "", "text/csv", "café au lait")}, nil},
		{"encoded name", related, message(root(referring("cid:x")), [2]string{"Content-Type: text/csv; name=\"=?UTF-8?B?csOpc3Vtw6kuY3N2?=\"\r\nContent-ID: <x>", "1;2"}),
			[]event.Attachment{kept("x", "résumé.csv", "text/csv", "1;2")}, nil},
		{"reference without a part", related, message(root(referring("cid:inv@acme", "cid:gone", "https://files.acme.example/1")), file), one, []string{"attachment-missing"}},
		{"reference in a document that comes alone", "text/xml", referring("cid:gone"), nil, []string{"attachment-missing"}},
		{"part without a reference", related, message(root(referring()), file), one, []string{"attachment-unreferenced"}},
		{"empty part", related, message(root(referring("cid:x")), [2]string{"Content-ID: <x>", ""}), []event.Attachment{kept("x", "", "", "")}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := startWorld(t)
			r := w.post(c.body, "Content-Type", c.contentType)
			if r.code != 200 || r.id == "" {
				t.Fatalf("answer %d: %s", r.code, r.text)
			}
			e, _, err := w.queue.Find(w.ctx, r.id)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, e.Data.Attachments); diff != "" {
				t.Errorf("attachments (-want +got):\n%s", diff)
			}
			var codes []string
			for _, warning := range e.Data.Document.Warnings {
				codes = append(codes, warning.Code)
			}
			if !slices.Equal(codes, c.warnings) {
				t.Errorf("warnings %v, want %v", codes, c.warnings)
			}
			if got := strings.Count(r.text, "warning: "); got != len(c.warnings) {
				t.Errorf("the answer has %d warnings: %s", got, r.text)
			}
			st, err := w.queue.Status(w.ctx, r.id)
			if err != nil || len(st.Attachments) != len(c.want) {
				t.Errorf("the status knows of %v: %v", st.Attachments, err)
			}
			for _, a := range c.want {
				data, err := w.queue.Object(w.ctx, a.Ref)
				if err != nil || int64(len(data)) != a.Size {
					t.Errorf("the file %s has %d bytes: %v", a.Ref, len(data), err)
				}
			}
			// The payload alone makes the document: sent again without its files it is the same.
			if again := w.post(referringLike(e)); again.id != r.id || w.stored() != 1 {
				t.Errorf("sent again alone it is %s, first %s", again.id, r.id)
			}
		})
	}
}

// referringLike returns the document of the event, as it would come alone.
func referringLike(e *event.Event) string {
	return strings.ReplaceAll(e.Data.Original.CXML, "<SharedSecret></SharedSecret>", "<SharedSecret>acme-secret</SharedSecret>")
}

func TestSecretsInAttachedCopiesAreNotKept(t *testing.T) {
	w := startWorld(t)
	utf16 := []byte{0xFE, 0xFF}
	for _, c := range []byte(referring()) {
		utf16 = append(utf16, 0, c)
	}
	r := w.post(message(
		[2]string{"Content-Type: text/xml\r\nContent-ID: <p>", referring("cid:cXMLPayload-1", "cid:2", "cid:3")},
		[2]string{"Content-Type: text/xml\r\nContent-ID: <cXMLPayload-1>", referring()},
		[2]string{"Content-Type: application/octet-stream\r\nContent-ID: <2>", "\xEF\xBB\xBF" + referring()},
		[2]string{"Content-Type: application/xml\r\nContent-ID: <3>", string(utf16)},
	), "Content-Type", "multipart/related; boundary=b; start=<p>")
	e, _, err := w.queue.Find(w.ctx, r.id)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Data.Attachments) != 3 {
		t.Fatalf("%+v", e.Data.Attachments)
	}
	for _, a := range e.Data.Attachments {
		data, err := w.queue.Object(w.ctx, a.Ref)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(bytes.ReplaceAll(data, []byte{0}, nil), []byte("acme-secret")) || len(data) < 500 {
			t.Errorf("%s is kept with the secret, or not at all", a.ContentID)
		}
	}
}

func TestMessagesBeyondTheLimitsAreRefused(t *testing.T) {
	root := [2]string{"Content-Type: text/xml", referring()}
	file := func(size int) [2]string { return [2]string{"Content-Type: text/csv", strings.Repeat("x", size)} }
	// The document itself may be small: attachments count apart.
	w := startWorld(t, func(s *setup) { s.Limits.Body, s.Limits.Inflated = 2<<10, 4<<10 })
	most := message(root, file(60<<10), file(60<<10))
	for _, encoding := range []string{"", "gzip"} {
		body := map[string]string{"": most, "gzip": zipped(most)}[encoding]
		if r := w.post(body, "Content-Type", "multipart/related; boundary=b", "Content-Encoding", encoding); r.code != 200 {
			t.Errorf("as much as allowed, encoded %q: %d %s", encoding, r.code, r.text)
		}
	}
	for _, c := range []struct {
		name string
		body string
		code int
		says string
	}{
		{"too many parts", message(append([][2]string{root}, slices.Repeat([][2]string{file(1)}, 8)...)...), 400, "more than 8 parts"},
		{"one too large", message(root, file(64<<10+1)), 400, "Part 2 of the multipart body, without a name, has 65537 bytes"},
		{"too large together", message(root, file(60<<10), file(60<<10), file(60<<10)), 400, "more than 131072 bytes together"},
		{"one message within another", message(root, [2]string{"Content-Type: multipart/mixed; boundary=c", "--c\r\n\r\nx\r\n--c--"}), 406, "Part 2 of the multipart body cannot be used: it is a multipart body itself"},
		{"unknown encoding", message(root, [2]string{"Content-Transfer-Encoding: x-uuencode", "x"}), 406, `Part 2 of the multipart body cannot be used: its Content-Transfer-Encoding is "x-uuencode"`},
		{"damaged base64", message(root, [2]string{"Content-Transfer-Encoding: base64", "AAA*"}), 406, "Part 2 of the multipart body cannot be used: it is not encoded"},
		{"cut off", strings.TrimSuffix(message(root, file(10)), "--b--"), 406, "Part 2"},
	} {
		r := w.post(c.body, "Content-Type", "multipart/related; boundary=b")
		if r.code != c.code || !strings.Contains(r.text, c.says) {
			t.Errorf("%s: %d %s, want %d with %q", c.name, r.code, r.text, c.code, c.says)
		}
	}
	if n := w.stored(); n != 1 {
		t.Errorf("%d documents are stored, want the one within the limits", n)
	}
}

func TestFileNamesAreTame(t *testing.T) {
	for in, want := range map[string]string{
		"../../etc/passwd": "passwd", `C:\a\b.pdf`: "b.pdf", "a\x00b\n.pdf": "ab.pdf", "..": "", "/": "", " 'x.pdf' ": "x.pdf",
		"=?bad?=": "=?bad?=", "\u202Efdp.exe": "fdp.exe", strings.Repeat("é", 300): strings.Repeat("é", 126),
	} {
		if got := fileName(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
