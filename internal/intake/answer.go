package intake

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
	"counterpunch/internal/telemetry"
)

const (
	// retryAfter is what senders are asked to wait after a 560. The cXML recommendation is hourly; a minute is enough here.
	retryAfter = 60 * time.Second
	// answerTime bounds the writing of an answer to a sender that reads slowly.
	answerTime = 30 * time.Second
)

// answer writes the cXML answer of a visit and records it in the log and the metrics.
func (v *visit) answer(res result, err error) {
	resp := cxml.Response{PayloadID: newPayloadID(), Timestamp: time.Now().UTC(), Code: 200}
	refusal := (*cxml.Refusal)(nil)
	switch {
	case err == nil:
		resp.Detail, resp.Warnings = res.detail, res.warnings
		if res.stored {
			resp.DocumentID = v.id
			v.w.Header().Set("Location", v.statusPath())
		}
	case errors.As(err, &refusal):
		resp.Code, resp.Problems = refusal.Code(), refusal.Problems
		if v.grant.Test {
			resp.Warnings = refusal.Warnings // whoever tests wants to know all of it at once
		}
	case errors.Is(err, errIncomplete):
		resp.Code, resp.Detail = 560, "The body did not arrive whole, or not in time: send the document again."
	default:
		resp.Code, resp.Detail = 560, "The document could not be taken at this moment: send it again later, unchanged."
	}
	if resp.Code >= 500 {
		v.w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
	}
	body := resp.Bytes()
	if res.profile {
		body = cxml.ProfileResponse(cxml.Profile{PayloadID: resp.PayloadID, Timestamp: resp.Timestamp, URL: v.base() + v.r.URL.Path})
	}
	_ = http.NewResponseController(v.w).SetWriteDeadline(time.Now().Add(answerTime)) // only a connection has one
	writeCXML(v.w, v.httpStatus(resp.Code), body)
	v.record(resp.Code, res, err)
}

func writeCXML(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "text/xml; charset=UTF-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a sender that is gone asks again and gets the same answer
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
	case code >= 500:
		return http.StatusServiceUnavailable
	}
	return code
}

// invitation tells the supplier's integrator how to ask what became of the document.
func (v *visit) invitation() string { return "Ask what became of it: GET " + v.base() + v.statusPath() }

// statusPath is where the document's status is, with the token that opens it where the supplier has a secret.
func (v *visit) statusPath() string {
	at := "/documents/" + v.id
	if token := v.handler.Directory.StatusToken(v.supplier, v.id); token != "" {
		at += "?token=" + url.QueryEscape(token)
	}
	return at
}

// base is the address of this endpoint without a path.
func (v *visit) base() string {
	if u := v.handler.PublicURL; u != "" {
		return strings.TrimRight(u, "/")
	}
	scheme := "http"
	if v.r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + v.r.Host
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

func newPayloadID() string { return uuid.NewString() + "@counterpunch" }
