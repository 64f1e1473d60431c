package intake

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"time"

	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
	"counterpunch/internal/partner"
	"counterpunch/internal/telemetry"
)

// Reasons to tell the sender to come back. None says anything of the document.
var (
	errStopping         = errors.New("the service is shutting down")
	errTooOften         = errors.New("too many requests from this address")
	errSupplierTooOften = errors.New("too many documents from this supplier")
	errTooMany          = errors.New("too many documents are being read at this moment")
	errNoMemory         = errors.New("the documents being read at this moment take all memory that they may")
	errIncomplete       = errors.New("the body did not arrive whole, or not in time")
	errPanicked         = errors.New("the intake failed on this document")
)

// visit is one request on its way through the steps.
type visit struct {
	handler  *Handler
	w        http.ResponseWriter
	r        *http.Request
	started  time.Time
	held     loan   // memory of the body
	supplier string // as known so far, for metrics and the log
	kind     string
	grant    partner.Grant
	id       string // document id, once there is one
}

// result is what a visit came to: an answer that is not a refusal.
type result struct {
	detail    string
	warnings  []document.Warning
	profile   bool
	tested    bool
	stored    bool
	duplicate bool
}

// receive answers one document.
func (h *Handler) receive(w http.ResponseWriter, r *http.Request) {
	v := &visit{handler: h, w: w, r: r, started: time.Now(), held: loan{from: &h.memory}, supplier: telemetry.Unknown, kind: telemetry.Unknown}
	defer h.Metrics.Begin()()
	defer v.held.giveBack()
	defer v.recover()
	v.answer(v.take(r.Context()))
}

// take carries out the steps in the order in which they protect one another: what is cheap and needs no trust comes first.
func (v *visit) take(ctx context.Context) (result, error) {
	h := v.handler
	if h.stopping.Load() {
		return result{}, errStopping
	}
	if !h.addresses.allow(clientAddr(v.r), v.started) {
		return result{}, errTooOften
	}
	env, c, err := v.read(ctx)
	if err != nil {
		return result{}, err
	}
	v.kind = env.PayloadName()
	v.grant, err = h.Directory.Authenticate(env, peer(v.r), v.r.PathValue("account"))
	if err != nil {
		return result{}, err
	}
	v.supplier = v.grant.Supplier.Name
	if !h.suppliers.allow(v.grant.Supplier, v.started) {
		return result{}, errSupplierTooOften
	}
	if env.PayloadName() == "ProfileRequest" {
		return result{profile: true}, nil
	}
	kind, ok := env.Kind()
	if !ok {
		return result{}, refuse(450, "a %s is not taken here: send ConfirmationRequest, ShipNoticeRequest, InvoiceDetailRequest or ProfileRequest", env.PayloadName())
	}
	v.kind = string(kind)
	doc, err := env.Document(cxml.DocumentOptions{Zone: v.grant.Supplier.Zone})
	if err != nil {
		return result{}, err
	}
	doc.Warnings = append(append(c.warnings, doc.Warnings...), fileWarnings(env.References(), c.files)...)
	if v.grant.Account == "" {
		return result{detail: "Test document: checked, and nothing was stored.", warnings: doc.Warnings, tested: true}, nil
	}
	return v.store(ctx, env, doc, c.files)
}

// read reads the body and parses it. Only the parse takes one of the few places for it: a slow sender keeps nobody else
// waiting.
func (v *visit) read(ctx context.Context) (*cxml.Envelope, content, error) {
	h := v.handler
	raw, err := readBody(v.w, v.r, h.Limits, &v.held)
	if err != nil {
		return nil, content{}, err
	}
	if !h.parses.enter(ctx.Done()) {
		return nil, content{}, errTooMany
	}
	defer h.parses.leave()
	c, err := readContent(raw, v.r.Header, h.Limits, &v.held)
	if err != nil {
		return nil, c, err
	}
	env, err := cxml.Parse(ctx, c.cxml, c.charset, h.Limits.XML)
	return env, c, err
}

// recover turns a panic into a 560: the sender keeps the document, and the log has the stack.
func (v *visit) recover() {
	p := recover()
	if p == nil {
		return
	}
	v.handler.Log.Error().Interface("panic", p).Bytes("stack", debug.Stack()).Str("supplier", v.supplier).Msg("intake.panicked")
	v.answer(result{}, errPanicked)
}
