package intake

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime/multipart"
	"mime/quotedprintable"
	"net/url"
	"strings"
)

// maxParts bounds the parts of a multipart body; real senders attach a handful.
const maxParts = 64

// part is one part of a multipart body, decoded from its transfer encoding.
type part struct {
	contentID string // without angle brackets
	mediaType string
	charset   string
	name      string
	data      []byte
}

// multipartContent finds the cXML document among the parts of a multipart/related body: the part that the start parameter
// names, else the first XML part (RFC 2387 says the first, but senders put attachments before it).
func multipartContent(raw []byte, params map[string]string, lim Limits) (content, error) {
	if params["boundary"] == "" {
		return content{}, refuse(406, "the multipart Content-Type has no boundary parameter")
	}
	parts, err := readParts(raw, params["boundary"])
	if err != nil {
		return content{}, err
	}
	root := rootPart(parts, params["start"])
	if root < 0 {
		return content{}, refuse(406, "no part of the multipart body is a cXML document")
	}
	if len(parts) > 1 {
		return content{}, refuse(450, "the document has %d attachments, which are not taken yet: send it without", len(parts)-1)
	}
	p := parts[root]
	return content{mediaType: p.mediaType, charset: p.charset, cxml: p.data}, nil
}

func readParts(raw []byte, boundary string) ([]part, error) {
	r := multipart.NewReader(bytes.NewReader(raw), boundary)
	var parts []part
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return parts, nil
		}
		if err != nil {
			return nil, refuse(406, "part %d of the multipart body cannot be read: the boundary or a part's header is damaged", len(parts)+1)
		}
		if len(parts) == maxParts {
			return nil, refuse(400, "the multipart body has more than %d parts", maxParts)
		}
		decoded, err := decodePart(p)
		if err != nil {
			return nil, refuse(406, "part %d of the multipart body cannot be decoded from its Content-Transfer-Encoding", len(parts)+1)
		}
		parts = append(parts, decoded)
	}
}

func decodePart(p *multipart.Part) (part, error) {
	var r io.Reader = p
	switch strings.ToLower(strings.TrimSpace(p.Header.Get("Content-Transfer-Encoding"))) {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, p)
	case "quoted-printable":
		r = quotedprintable.NewReader(p)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return part{}, err
	}
	mediaType, params := parseMediaType(p.Header.Get("Content-Type"))
	return part{
		contentID: bareContentID(p.Header.Get("Content-ID")),
		mediaType: mediaType, charset: params["charset"], name: params["name"], data: data,
	}, nil
}

func rootPart(parts []part, start string) int {
	if start = bareContentID(start); start != "" {
		for i, p := range parts {
			if p.contentID == start {
				return i
			}
		}
	}
	for i, p := range parts {
		if strings.HasSuffix(p.mediaType, "xml") || bytes.Contains(p.data[:min(len(p.data), 1024)], []byte("<cXML")) {
			return i
		}
	}
	return -1
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
