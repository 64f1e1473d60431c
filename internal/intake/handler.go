package intake

import (
	"net/http"
	"net/netip"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/internal/cxml"
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
	PublicURL string // of this endpoint, told in answers; "" takes the request's own host
	Metrics   *telemetry.Intake
	Log       zerolog.Logger
	// PublishTimeout bounds everything between the last byte of a document and the answer: waiting for a place, the check,
	// attachments, JetStream's acknowledgement and the journal. Senders give up after about 60 s.
	PublishTimeout time.Duration
}

// Handler serves POST /cxml, POST /cxml/{account} and GET /documents/{id}.
type Handler struct {
	Options
	mux       *http.ServeMux
	addresses *addressLimiter
	suppliers supplierLimiter
	memory    memory
	parses    *gate
	notes     chan struct{} // one for each request that writes to the journal
	stopping  atomic.Bool
}

// New returns a Handler.
func New(o Options) *Handler {
	h := &Handler{
		Options: o, mux: http.NewServeMux(),
		addresses: newAddressLimiter(o.Limits.AddressRate, o.Limits.AddressBurst),
		memory:    memory{most: o.Limits.Memory},
		parses:    newGate(o.Limits.Parses, o.Limits.Waiting),
		notes:     make(chan struct{}, notesAtOnce),
	}
	h.mux.HandleFunc("POST /cxml", h.receive)
	h.mux.HandleFunc("POST /cxml/{account}", h.receive)
	h.mux.HandleFunc("GET /documents/{id}", h.status)
	h.mux.HandleFunc("/", h.elsewhere)
	return h
}

// ServeHTTP implements http.Handler. A path with a slash too many means the same as without: a redirection, which is what
// the standard library answers, would be no cXML.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	clean := path.Clean("/" + r.URL.Path)
	switch {
	case !strings.HasPrefix(r.URL.Path, "/") || r.RequestURI == "*" || r.Method == http.MethodConnect:
		h.elsewhere(w, r)
		return
	case clean != r.URL.Path:
		r = r.Clone(r.Context())
		r.URL.Path, r.URL.RawPath = clean, ""
	}
	h.mux.ServeHTTP(w, r)
}

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

// elsewhere answers requests to other paths or with other methods, in cXML like everything else. A sender who posts to a
// wrong path gets HTTP 200 with the refusal inside, as for every other mistake; what is no post is told by HTTP.
func (h *Handler) elsewhere(w http.ResponseWriter, r *http.Request) {
	allow, status := "", http.StatusNotFound
	switch {
	case r.URL.Path == "/cxml", strings.HasPrefix(r.URL.Path, "/cxml/"):
		allow = "POST, OPTIONS"
	case strings.HasPrefix(r.URL.Path, "/documents/"):
		allow = "GET, HEAD, OPTIONS"
	}
	if allow != "" {
		w.Header().Set("Allow", allow)
		status = http.StatusMethodNotAllowed
	}
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if r.Method == http.MethodPost {
		status = http.StatusOK
		h.Metrics.Document(telemetry.Unknown, telemetry.Unknown, telemetry.BadRequest, 0)
	}
	writeCXML(w, status, cxml.Response{
		PayloadID: newPayloadID(), Timestamp: time.Now().UTC(), Code: 400,
		Detail: "There is nothing at this address: POST a cXML document to /cxml.",
	}.Bytes())
}

// clientAddr returns the address of the connection's other end. Forwarding headers are not believed: anybody can send them.
func clientAddr(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap()
}

// peer is the other end of the connection, with the certificates that it proved to own.
func peer(r *http.Request) partner.Peer {
	p := partner.Peer{Addr: clientAddr(r)}
	if r.TLS != nil {
		p.Certificates = r.TLS.PeerCertificates
	}
	return p
}
