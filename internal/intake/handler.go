package intake

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/partner"
	"counterpunch/internal/queue"
	"counterpunch/internal/telemetry"
)

// Options are what a Handler needs.
type Options struct {
	Directory *partner.Directory
	Queue     *queue.Queue
	Journal   *Journal // nil: no journal
	Limits    Limits
	PublicURL string // of this endpoint, told in ProfileResponses; "" takes the request's own host
	Metrics   *telemetry.Intake
	Log       zerolog.Logger
	// PublishTimeout bounds the wait for JetStream's acknowledgement. Senders give up after about 60 s.
	PublishTimeout time.Duration
}

// Handler serves POST /cxml, POST /cxml/{account} and GET /documents/{id}.
type Handler struct {
	Options
	mux       *http.ServeMux
	addresses *addressLimiter
	suppliers supplierLimiter
	parses    *gate
	stopping  atomic.Bool
}

// New returns a Handler.
func New(o Options) *Handler {
	h := &Handler{
		Options: o, mux: http.NewServeMux(),
		addresses: newAddressLimiter(o.Limits.AddressRate, o.Limits.AddressBurst),
		parses:    newGate(o.Limits.Parses, o.Limits.Waiting),
	}
	h.mux.HandleFunc("POST /cxml", h.receive)
	h.mux.HandleFunc("POST /cxml/{account}", h.receive)
	h.mux.HandleFunc("GET /documents/{id}", h.status)
	h.mux.HandleFunc("/", h.elsewhere)
	return h
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// Refuse makes every further document be answered with 560, which tells senders to come back. It is the first step of a
// shutdown.
func (h *Handler) Refuse() { h.stopping.Store(true) }

// Ready returns nil while documents are taken, and else why not.
func (h *Handler) Ready() error {
	if h.stopping.Load() {
		return errStopping
	}
	return nil
}

// receive answers one document. The steps stand in the order in which they protect one another: what is cheap and needs
// no trust comes first.
func (h *Handler) receive(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	v := &visit{handler: h, w: w, r: r, started: started, supplier: telemetry.Unknown, kind: telemetry.Unknown}
	defer h.Metrics.Begin()()
	defer v.recover()
	v.answer(v.take(r.Context()))
}

// visit is one request on its way through the steps.
type visit struct {
	handler  *Handler
	w        http.ResponseWriter
	r        *http.Request
	started  time.Time
	supplier string // as known so far, for metrics and the log
	kind     string
	grant    partner.Grant
	id       string // document id, once there is one
}

// result is what a visit came to: an answer that is not a refusal.
type result struct {
	code      int
	detail    string
	warnings  []document.Warning
	profile   bool
	tested    bool
	duplicate bool
}

func (v *visit) take(ctx context.Context) (result, error) {
	h := v.handler
	if h.stopping.Load() {
		return result{}, errStopping
	}
	addr := clientAddr(v.r)
	if !h.addresses.allow(addr, v.started) {
		return result{}, errTooOften
	}
	if !h.parses.enter(ctx.Done()) {
		return result{}, errTooMany
	}
	env, c, err := v.parse(ctx)
	h.parses.leave()
	if err != nil {
		return result{}, err
	}
	v.kind = env.PayloadName()
	v.grant, err = h.Directory.Authenticate(env, partner.Peer{Addr: addr, Certificates: peerCertificates(v.r)}, v.r.PathValue("account"))
	if err != nil {
		return result{}, err
	}
	v.supplier = v.grant.Supplier.Name
	if !h.suppliers.allow(v.grant.Supplier, v.started) {
		return result{}, errSupplierTooOften
	}
	if env.PayloadName() == "ProfileRequest" {
		return result{code: 200, profile: true}, nil
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
	doc.Warnings = append(c.warnings, doc.Warnings...)
	if v.grant.Account == "" {
		return result{code: 200, detail: "Test document: checked, and nothing was stored.", warnings: doc.Warnings, tested: true}, nil
	}
	return v.store(ctx, env, doc)
}

func (v *visit) parse(ctx context.Context) (*cxml.Envelope, content, error) {
	c, err := readContent(v.w, v.r, v.handler.Limits)
	if err != nil {
		return nil, c, err
	}
	env, err := cxml.Parse(ctx, c.cxml, c.charset, v.handler.Limits.XML)
	return env, c, err
}

// store publishes the document as an event and writes the journal. Only after both is there a 200; a repeat is written
// again, because the answer to the first may never have been given.
func (v *visit) store(ctx context.Context, env *cxml.Envelope, doc *document.Document) (result, error) {
	h := v.handler
	e := newEvent(v.grant, env, doc, v.started, v.r.Header)
	v.id = e.ID
	// The sender's going away must not leave the outcome open half way.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), h.PublishTimeout)
	defer cancel()
	receipt, err := h.Queue.Publish(ctx, e)
	if errors.Is(err, queue.ErrConflict) {
		return result{}, refuse(409, "payloadID %q was used before for another %s: a document needs a payloadID of its own", doc.PayloadID, doc.Kind)
	}
	if err != nil {
		return result{}, fmt.Errorf("store document %s: %w", e.ID, err)
	}
	if h.Journal != nil {
		if err := h.Journal.Append(journalEntry(e, receipt.Sequence)); err != nil {
			return result{}, err
		}
	}
	return result{code: 200, warnings: doc.Warnings, duplicate: receipt.Duplicate}, nil
}

func newEvent(g partner.Grant, env *cxml.Envelope, doc *document.Document, received time.Time, h http.Header) *event.Event {
	hash := env.PayloadHash()
	e := &event.Event{
		ID:      event.DocumentID(g.Account, g.Supplier.Name, doc.Kind, doc.PayloadID, hash),
		Account: g.Account, Supplier: g.Supplier.Name, Kind: doc.Kind, Time: received.UTC(),
		PayloadID: doc.PayloadID, PayloadHash: hash, PartitionKey: event.PartitionKey(doc, g.Supplier.Name),
		TraceParent: h.Get("traceparent"), TraceState: h.Get("tracestate"),
		Data: event.Data{Document: doc, Original: env.Original()},
	}
	if orders := doc.Orders(); len(orders) > 0 {
		e.Subject = orders[0].OrderID
	}
	return e
}

func journalEntry(e *event.Event, sequence uint64) Entry {
	return Entry{
		Time: e.Time, DocumentID: e.ID, Account: e.Account, Supplier: e.Supplier, Kind: string(e.Kind),
		PayloadID: e.PayloadID, PayloadHash: e.PayloadHash, Sequence: sequence,
	}
}

// clientAddr returns the address of the connection's other end. Forwarding headers are not believed: anybody can send them.
func clientAddr(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}
