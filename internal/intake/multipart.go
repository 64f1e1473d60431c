package intake

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	mimeparts "mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"counterpunch/internal/document"
)

// part is one part of a multipart body, decoded from its transfer encoding.
type part struct {
	contentID string // without angle brackets
	mediaType string
	charset   string
	name      string // of the file, without a path
	data      []byte
}

// multipartContent takes a multipart body apart. The document is the part that the start parameter names, else the first
// that looks like one (RFC 2387 says the first, but senders put attachments before it); the rest are attachments.
func multipartContent(raw []byte, params map[string]string, lim Limits) (content, error) {
	boundary := params["boundary"]
	// Single quotes quote nothing in a header, but some senders think so.
	if bare := strings.Trim(boundary, "'"); !bytes.Contains(raw, []byte("--"+boundary)) && bytes.Contains(raw, []byte("--"+bare)) {
		boundary = bare
	}
	if boundary == "" {
		return content{}, refuse(406, "The multipart Content-Type has no boundary parameter.")
	}
	parts, err := readParts(raw, boundary, lim.Parts)
	if err != nil {
		return content{}, err
	}
	var c content
	root := startPart(parts, params["start"])
	if root < 0 {
		if root = documentPart(parts); root < 0 {
			return content{}, refuse(406, "No part of the multipart body is a cXML document.")
		}
		if params["start"] != "" {
			c.warnings = append(c.warnings, document.Warning{Code: "multipart-start", Original: clip(params["start"]),
				Text: fmt.Sprintf("The start parameter of the Content-Type names no part; part %d was taken as the document.", root+1)})
		}
	}
	c.cxml, c.charset = parts[root].data, parts[root].charset
	all := int64(0)
	for i, p := range parts {
		if i == root {
			continue
		}
		size := int64(len(p.data))
		if size > lim.Attachment {
			return content{}, refuse(400, "Part %d of the multipart body, %s, has %d bytes; an attachment may have %d.", i+1, p, size, lim.Attachment)
		}
		if all += size; all > lim.Attachments {
			return content{}, refuse(400, "The attachments have more than %d bytes together.", lim.Attachments)
		}
		c.files = append(c.files, p)
	}
	return c, nil
}

// String names the part for the supplier.
func (p part) String() string {
	switch {
	case p.name != "":
		return fmt.Sprintf("the file %q", clip(p.name))
	case p.contentID != "":
		return fmt.Sprintf("with the Content-ID %q", clip(p.contentID))
	}
	return "without a name"
}

func readParts(raw []byte, boundary string, most int) ([]part, error) {
	r := mimeparts.NewReader(bytes.NewReader(raw), boundary)
	var parts []part
	for n := 1; ; n++ {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return parts, nil
		}
		if err != nil {
			return nil, refuse(406, "Part %d of the multipart body cannot be read: the boundary or a part's header is damaged.", n)
		}
		if n > most {
			return nil, refuse(400, "The multipart body has more than %d parts.", most)
		}
		decoded, err := decodePart(p)
		if err != nil {
			return nil, refuse(406, "Part %d of the multipart body cannot be used: %s.", n, err)
		}
		parts = append(parts, decoded)
	}
}

// decodePart reads one part. Its errors are sentences for the supplier.
func decodePart(p *mimeparts.Part) (part, error) {
	mediaType, params := parseMediaType(p.Header.Get("Content-Type"))
	if multipart(mediaType) {
		return part{}, errors.New("it is a multipart body itself, and one inside another is not taken")
	}
	data, err := io.ReadAll(p)
	if err != nil {
		return part{}, errors.New("its end, a boundary line, is missing")
	}
	switch encoding := strings.ToLower(strings.TrimSpace(p.Header.Get("Content-Transfer-Encoding"))); encoding {
	case "", "7bit", "8bit", "binary":
	case "base64":
		data, err = decodeBase64(data)
	case "quoted-printable":
		data, err = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(data)))
	default:
		return part{}, fmt.Errorf("its Content-Transfer-Encoding is %q; send base64, quoted-printable, 8bit or binary", clip(encoding))
	}
	if err != nil {
		return part{}, errors.New("it is not encoded as its Content-Transfer-Encoding says")
	}
	_, disposition := parseMediaType(p.Header.Get("Content-Disposition"))
	return part{
		contentID: bareContentID(p.Header.Get("Content-ID")), charset: params["charset"],
		mediaType: trueType(mediaType, data), name: fileName(disposition["filename"], params["name"]), data: data,
	}, nil
}

// decodeBase64 takes white space anywhere and does not insist on the padding.
func decodeBase64(data []byte) ([]byte, error) {
	bare := bytes.TrimRight(bytes.Join(bytes.Fields(data), nil), "=")
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(bare)))
	n, err := base64.RawStdEncoding.Decode(out, bare)
	return out[:n], err
}

// trueType corrects a media type that says nothing: senders label a PDF text/plain.
func trueType(mediaType string, data []byte) string {
	switch mediaType {
	case "", "text/plain", "application/octet-stream":
		found, _, _ := strings.Cut(http.DetectContentType(data), ";")
		if found == "application/pdf" || found == "application/zip" || strings.HasPrefix(found, "image/") {
			return found
		}
	}
	return mediaType
}

// fileName returns the first name that is one, without a path, quotes and control characters, and not longer than a file's
// name may be.
func fileName(names ...string) string {
	const most = 255
	for _, name := range names {
		if plain, err := new(mime.WordDecoder).DecodeHeader(name); err == nil {
			name = plain
		}
		name = strings.Trim(strings.TrimSpace(name), `'"`)
		name = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || !unicode.IsPrint(r) && r != ' ' {
				return -1
			}
			return r
		}, strings.ToValidUTF8(name, ""))
		name = path.Base(strings.ReplaceAll(name, `\`, "/"))
		if name == "." || name == ".." || name == "/" {
			continue
		}
		for i := range name {
			if i > most-utf8.UTFMax {
				return name[:i]
			}
		}
		return name
	}
	return ""
}

// startPart returns the part that the start parameter names, or -1.
func startPart(parts []part, start string) int {
	if start = bareContentID(start); start == "" {
		return -1
	}
	for i, p := range parts {
		if p.contentID == start {
			return i
		}
	}
	return -1
}

// documentPart returns the part that is most like a cXML document, the first of several equals, or -1.
func documentPart(parts []part) int {
	best, likeness := -1, 0
	for i, p := range parts {
		l := 0
		if strings.HasSuffix(p.mediaType, "xml") {
			l++
		}
		// Without the zero bytes UTF-16 reads like ASCII.
		if bytes.Contains(bytes.ReplaceAll(p.data[:min(len(p.data), 4096)], []byte{0}, nil), []byte("<cXML")) {
			l += 2
		}
		if l > likeness {
			best, likeness = i, l
		}
	}
	return best
}

// bareContentID returns a Content-ID without angle brackets and percent encoding, as senders leave out the one and add
// the other.
func bareContentID(id string) string {
	id = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(id), "<"), ">")
	if plain, err := url.PathUnescape(id); err == nil {
		return plain
	}
	return id
}

// clip cuts a supplier's words to a readable length.
func clip(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
