package intake

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/google/uuid"

	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
	"counterpunch/internal/telemetry"
)

// Reasons to tell the sender to come back. None says anything of the document.
var (
	errStopping         = errors.New("the service is shutting down")
	errTooOften         = errors.New("too many requests from this address")
	errSupplierTooOften = errors.New("too many documents from this supplier")
	errTooMany          = errors.New("too many documents are being read at this moment")
)

// retryAfter is what senders are asked to wait after a 560. The cXML recommendation is hourly; a minute is enough here.
const retryAfter = 60 * time.Second

// answer writes the cXML answer of a visit and records it in the log and the metrics.
func (v *visit) answer(res result, err error) {
	resp := cxml.Response{PayloadID: newPayloadID(), Timestamp: time.Now().UTC()}
	refusal := (*cxml.Refusal)(nil)
	switch {
	case err == nil:
		resp.Code, resp.Detail, resp.Warnings, resp.DocumentID = res.code, res.detail, res.warnings, v.id
	case errors.As(err, &refusal):
		resp.Code, resp.Problems = refusal.Code(), refusal.Problems
	default:
		resp.Code, resp.Detail = 560, "The document could not be taken at this moment: send it again later, unchanged."
		v.w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
	}
	body := resp.Bytes()
	if res.profile {
		body = cxml.ProfileResponse(cxml.Profile{PayloadID: resp.PayloadID, Timestamp: resp.Timestamp, URL: v.url()})
	}
	v.write(resp.Code, body)
	v.record(resp.Code, res, err)
}

func (v *visit) write(code int, body []byte) {
	h := v.w.Header()
	h.Set("Content-Type", "text/xml; charset=UTF-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	if v.id != "" && code == 200 {
		h.Set("Location", "/documents/"+v.id)
	}
	v.w.WriteHeader(v.httpStatus(code))
	_, _ = v.w.Write(body) // a sender that is gone asks again and gets the same answer
}

// httpStatus is 200 for every business answer, because senders take any other status for a broken transport and send for
// ever. Suppliers that want it get the cXML code as the HTTP status.
func (v *visit) httpStatus(code int) int {
	if v.grant.Supplier == nil || !v.grant.Supplier.HTTPStatus {
		return http.StatusOK
	}
	switch {
	case code == 450:
		return http.StatusNotImplemented
	case code >= 550:
		return http.StatusServiceUnavailable
	}
	return code
}

// answer names what the supplier was told, for the metrics.
func (r result) answer(code int) telemetry.Answer {
	switch {
	case r.profile:
		return telemetry.Profile
	case r.duplicate:
		return telemetry.Repeated
	case r.tested:
		return telemetry.Tested
	}
	return telemetry.AnswerTo(code)
}

func (v *visit) record(code int, res result, err error) {
	took := time.Since(v.started)
	v.handler.Metrics.Document(v.supplier, document.Kind(v.kind), res.answer(code), took)
	log := v.handler.Log.Info()
	if code >= 500 {
		log = v.handler.Log.Error()
	}
	log.Err(err).Str("supplier", v.supplier).Str("kind", v.kind).Int("answer", code).Str("document_id", v.id).
		Str("account", v.grant.Account).Str("claimed", v.grant.Claimed).Str("cause", v.grant.Cause).Bool("duplicate", res.duplicate).Int("warnings", len(res.warnings)).
		Str("client", clientAddr(v.r).String()).Dur("took", took).Msg("intake.answered")
}

// recover turns a panic into a 560: the sender keeps the document, and the log has the stack.
func (v *visit) recover() {
	p := recover()
	if p == nil {
		return
	}
	v.handler.Log.Error().Interface("panic", p).Bytes("stack", debug.Stack()).Str("supplier", v.supplier).Msg("intake.panicked")
	v.answer(result{}, errors.New("the intake failed on this document"))
}

// url is where this endpoint can be reached, for the ProfileResponse.
func (v *visit) url() string {
	if u := v.handler.PublicURL; u != "" {
		return u + v.r.URL.Path
	}
	scheme := "http"
	if v.r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + v.r.Host + v.r.URL.Path
}

// elsewhere answers requests to other paths or with other methods, in cXML like everything else.
func (h *Handler) elsewhere(w http.ResponseWriter, r *http.Request) {
	v := &visit{handler: h, w: w, r: r, started: time.Now()}
	resp := cxml.Response{
		PayloadID: newPayloadID(), Timestamp: time.Now().UTC(), Code: 400,
		Detail: "There is nothing at this address: POST a cXML document to /cxml.",
	}
	v.write(resp.Code, resp.Bytes())
}

func newPayloadID() string { return uuid.NewString() + "@counterpunch" }

func peerCertificates(r *http.Request) []*x509.Certificate {
	if r.TLS == nil {
		return nil
	}
	return r.TLS.PeerCertificates
}

// contextIsOver reports whether err only says that the asker has gone.
func contextIsOver(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
