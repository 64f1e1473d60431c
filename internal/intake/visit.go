package intake

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
	"counterpunch/internal/event"
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
	due      time.Time // the answer, once the body has arrived
	held     loan      // memory of the body
	supplier string    // as known so far, for metrics and the log
	kind     string
	grant    partner.Grant
	files    []part // that came with the document
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
	raw, err := readBody(v.w, v.r, h.Limits, &v.held)
	if err != nil {
		return result{}, err
	}
	v.due = time.Now().Add(h.PublishTimeout)
	// Only from here on the visit takes one of the few places: a slow sender keeps nobody else waiting.
	if !h.parses.enter(ctx.Done(), h.PublishTimeout) {
		return result{}, errTooMany
	}
	leave := sync.OnceFunc(h.parses.leave)
	defer leave()
	e, res, err := v.prepare(ctx, raw)
	if e == nil || err != nil {
		return res, err
	}
	if kept := e.Data.Original; len(kept.CXML)+len(kept.Base64) < large {
		leave()
	}
	return v.store(ctx, e)
}

// large is the size in bytes from which a document keeps its place until it is stored. Its tree is gone by then, but what
// was made of it is still many times the document; 32 of 5 MB at once would take a gigabyte. Real documents have some 30 KB.
const large = 256 << 10

// prepare parses the body and makes the event of it. Without an event the result is the answer. It needs a place, because
// the tree of a document is up to twenty times the document: the tree must be gone when the place is left.
func (v *visit) prepare(ctx context.Context, raw []byte) (*event.Event, result, error) {
	h := v.handler
	c, err := readContent(raw, v.r.Header, h.Limits, &v.held)
	if err != nil {
		return nil, result{}, err
	}
	// The context ends when the sender closes its half of the connection, which it may do once it has sent everything.
	env, err := cxml.Parse(context.WithoutCancel(ctx), c.cxml, c.charset, h.Limits.XML)
	if err != nil {
		return nil, result{}, err
	}
	kind, known := env.Kind()
	if v.kind = string(kind); !known {
		v.kind = env.PayloadName()
	}
	v.grant, err = h.Directory.Authenticate(env, peer(v.r), v.r.PathValue("account"))
	if v.grant.Proven {
		v.supplier = v.grant.Claimed
	}
	if err != nil {
		return nil, result{}, err
	}
	v.supplier = v.grant.Supplier.Name
	if !h.suppliers.allow(v.grant.Supplier, v.started) {
		return nil, result{}, errSupplierTooOften
	}
	if env.PayloadName() == "ProfileRequest" {
		return nil, result{profile: true}, nil
	}
	if !known {
		return nil, result{}, refuse(450, "%s is not taken here: send ConfirmationRequest, ShipNoticeRequest, InvoiceDetailRequest or ProfileRequest.", env.PayloadName())
	}
	doc, err := env.Document(cxml.DocumentOptions{Zone: v.grant.Supplier.Zone})
	if err != nil {
		return nil, result{}, err
	}
	doc.Warnings = append(append(c.warnings, doc.Warnings...), fileWarnings(env.References(), c.files)...)
	if v.grant.Account == "" {
		return nil, result{detail: "Test document: checked, and nothing was stored.", warnings: doc.Warnings, tested: true}, nil
	}
	v.files = c.files
	return newEvent(v.grant, env, doc, v.started, v.r.Header), result{}, nil
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
