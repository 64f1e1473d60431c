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
	"time"

	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
)

// content is what a request carries: the cXML document with the charset that its Content-Type names, and the files beside it.
type content struct {
	charset  string
	cxml     []byte
	files    []part
	warnings []document.Warning
}

// mediaTypes are the Content-Types that are taken as a cXML document by itself. Senders without one are common.
var mediaTypes = map[string]bool{
	"": true, "text/xml": true, "application/xml": true, "text/plain": true,
	"application/cxml": true, "text/cxml": true, "application/octet-stream": true,
}

// readBody reads a request's body as it was sent. It may take as long as the limits give it for what has arrived so far,
// and as much memory as is left.
func readBody(w http.ResponseWriter, r *http.Request, lim Limits, held *loan) ([]byte, error) {
	most := lim.Body
	if mediaType, _ := parseMediaType(r.Header.Get("Content-Type")); multipart(mediaType) {
		most += lim.encoded()
	}
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{}) // the server's own counts from the request's header on
	if r.ContentLength > most {
		if r.Header.Get("Expect") == "" { // else the sender waits to be told to send
			readAway(r.Body, control)
		}
		return nil, refuse(400, "The body has %d bytes; at most %d are taken.", r.ContentLength, most)
	}
	body := &pacedReader{r: http.MaxBytesReader(w, r.Body, most), control: control, lim: lim, held: held, started: time.Now()}
	buffer := bytes.NewBuffer(make([]byte, 0, min(max(r.ContentLength, 0), 64<<10)+bytes.MinRead))
	if _, err := buffer.ReadFrom(body); err != nil {
		err = bodyError(err, most)
		if !errors.Is(err, errIncomplete) {
			held.giveBack()
			readAway(r.Body, control)
		}
		return nil, err
	}
	// From here on the server itself reads ahead, to notice a sender that goes away; a deadline would end the request.
	_ = control.SetReadDeadline(time.Time{})
	return buffer.Bytes(), nil
}

// How much is read of a body that is not taken, and for how long.
const (
	awayBytes = 64 << 20
	awayTime  = 20 * time.Second
)

// readAway reads the rest of a body that is not taken, and keeps nothing of it. Most senders write all of a document before
// they look for an answer; cut off while they write, they never see that it was refused and send it for ever.
func readAway(body io.Reader, control *http.ResponseController) {
	_ = control.SetReadDeadline(time.Now().Add(awayTime))
	_, _ = io.CopyN(io.Discard, body, awayBytes)
	_ = control.SetReadDeadline(time.Time{})
}

// multipart reports whether a media type is that of a message of several parts.
func multipart(mediaType string) bool { return strings.HasPrefix(mediaType, "multipart/") }

// encoded is what all attachments may take as sent: base64 adds a third and line ends, and each part has a header.
func (l Limits) encoded() int64 { return l.Attachments/5*7 + int64(l.Parts)*4<<10 }

// pacedReader gives up on a body that arrives too slowly.
type pacedReader struct {
	r        io.Reader
	control  *http.ResponseController
	lim      Limits
	held     *loan
	started  time.Time
	read     int64
	deadline time.Time
}

func (p *pacedReader) Read(b []byte) (int, error) {
	if p.lim.BodyTime > 0 {
		deadline := p.started.Add(p.lim.BodyTime)
		if p.lim.BodyRate > 0 {
			deadline = deadline.Add(time.Duration(p.read / p.lim.BodyRate * int64(time.Second)))
		}
		if deadline.After(p.deadline) {
			p.deadline = deadline
			_ = p.control.SetReadDeadline(deadline) // only a connection has one
		}
	}
	n, err := p.r.Read(b)
	p.read += int64(n)
	if !p.held.take(int64(n)) {
		return n, errNoMemory
	}
	return n, err
}

// readContent finds the document and its attachments in a body, within the limits before and after it is inflated.
func readContent(raw []byte, h http.Header, lim Limits, held *loan) (content, error) {
	mediaType, params := parseMediaType(h.Get("Content-Type"))
	most := lim.Inflated
	if multipart(mediaType) {
		most += lim.encoded()
	}
	raw, err := inflate(raw, h.Get("Content-Encoding"), most, held)
	if err != nil {
		return content{}, err
	}
	switch {
	case multipart(mediaType):
		return multipartContent(raw, params, lim)
	case !mediaTypes[mediaType]:
		return content{}, refuse(406, "The Content-Type is %q: send text/xml, application/xml or multipart/related.", mediaType)
	}
	return content{charset: params["charset"], cxml: raw}, nil
}

// parseMediaType reads a Content-Type or Content-Disposition. Many senders leave out the quotes that a start=<id> needs, or
// use single ones; what the standard library refuses is taken apart at the semicolons, because a badly written header is no
// reason to lose a document.
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

func inflate(raw []byte, encoding string, most int64, held *loan) ([]byte, error) {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		return raw, nil
	case "gzip", "x-gzip":
	default:
		return nil, refuse(406, "The Content-Encoding is %q: send gzip or none.", encoding)
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, refuse(406, "The body is not gzip although Content-Encoding says so.")
	}
	out, err := io.ReadAll(io.LimitReader(z, most+1))
	if err != nil {
		return nil, refuse(406, "The gzip body is damaged: it cannot be inflated to its end.")
	}
	if int64(len(out)) > most {
		return nil, refuse(400, "The inflated body is larger than %d bytes.", most)
	}
	if !held.take(int64(len(out))) {
		return nil, errNoMemory
	}
	return out, nil
}

// bodyError tells a body that is too large from one that did not arrive, which says nothing against the document.
func bodyError(err error, most int64) error {
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return refuse(400, "The body is larger than %d bytes.", most)
	}
	if errors.Is(err, errNoMemory) {
		return err
	}
	return fmt.Errorf("%w: %w", errIncomplete, err)
}

// refuse returns a refusal with one problem that has no place in the document.
func refuse(code int, format string, args ...any) *cxml.Refusal {
	return cxml.Refuse(code, fmt.Sprintf(format, args...))
}
