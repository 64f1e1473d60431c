package intake

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
)

// content is a request's cXML and the charset that its Content-Type names.
type content struct {
	mediaType string
	charset   string
	cxml      []byte
	warnings  []document.Warning
}

// mediaTypes are the Content-Types that are taken as a cXML document by itself. Senders without one are common.
var mediaTypes = map[string]bool{
	"": true, "text/xml": true, "application/xml": true, "text/plain": true,
	"application/cxml": true, "text/cxml": true, "application/octet-stream": true,
}

// readContent reads a request's body within the limits, before and after it is inflated.
func readContent(w http.ResponseWriter, r *http.Request, lim Limits) (content, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, lim.Body))
	if err != nil {
		return content{}, bodyError(err, lim.Body)
	}
	raw, err = inflate(raw, r.Header.Get("Content-Encoding"), lim.Inflated)
	if err != nil {
		return content{}, err
	}
	mediaType, params := parseMediaType(r.Header.Get("Content-Type"))
	if strings.HasPrefix(mediaType, "multipart/") {
		return multipartContent(raw, params, lim)
	}
	if !mediaTypes[mediaType] {
		return content{}, refuse(406, "the Content-Type is %q: send text/xml, application/xml or multipart/related", mediaType)
	}
	return content{mediaType: mediaType, charset: params["charset"], cxml: raw}, nil
}

// parseMediaType reads a Content-Type. Many senders leave out the quotes that a start=<id> needs; what the standard
// library refuses is taken apart at the semicolons, because a badly written header is no reason to lose a document.
func parseMediaType(header string) (string, map[string]string) {
	mediaType, params, err := mime.ParseMediaType(header)
	if err == nil {
		return mediaType, params
	}
	first, rest, _ := strings.Cut(header, ";")
	params = map[string]string{}
	for param := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(param, "=")
		params[strings.ToLower(strings.TrimSpace(name))] = strings.Trim(strings.TrimSpace(value), `"`)
	}
	return strings.ToLower(strings.TrimSpace(first)), params
}

func inflate(raw []byte, encoding string, most int64) ([]byte, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return raw, nil
	case "gzip", "x-gzip":
	default:
		return nil, refuse(406, "the Content-Encoding is %q: send gzip or none", encoding)
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, refuse(406, "the body is not gzip although Content-Encoding says so")
	}
	out, err := io.ReadAll(io.LimitReader(z, most+1))
	if err != nil {
		return nil, refuse(406, "the gzip body is damaged: it cannot be inflated to its end")
	}
	if int64(len(out)) > most {
		return nil, refuse(400, "the inflated body is larger than %d bytes", most)
	}
	return out, nil
}

// bodyError tells a body that is too large from one that did not arrive. The latter is the sender's to repeat.
func bodyError(err error, most int64) error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return refuse(400, "the body is larger than %d bytes", most)
	}
	return refuse(400, "the body did not arrive whole: send the document again")
}

// refuse returns a refusal with one problem that has no place in the document.
func refuse(code int, format string, args ...any) *cxml.Refusal {
	return &cxml.Refusal{Problems: []cxml.Problem{{Code: code, Text: fmt.Sprintf(format, args...)}}}
}
