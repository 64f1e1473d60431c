package intake

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"counterpunch/internal/cxml"
	"counterpunch/internal/partner"
)

// Limits bound what a request may cost. Every one has a default in the configuration, with its reason.
type Limits struct {
	Body     int64       // bytes of a request as sent, without attachments
	Inflated int64       // bytes after gzip, without attachments
	XML      cxml.Limits // of the document itself
	Parses   int         // documents parsed at the same time; parsing is most of a request's cost
	Waiting  int         // requests that may wait for a parse before the next is told to come back

	Parts       int   // of a multipart body, the document included
	Attachment  int64 // bytes of one attachment, decoded
	Attachments int64 // bytes of all attachments of a message, decoded
	Memory      int64 // bytes of the bodies of all requests in progress; 0 is no bound

	// A body may take BodyTime, and a second more for each BodyRate bytes that have arrived.
	BodyTime time.Duration
	BodyRate int64

	AddressRate  rate.Limit // requests per second and client address, before it is known who sends
	AddressBurst int
}

// maxAddresses bounds the memory of addressLimiter. When it is full, the oldest half is forgotten.
const maxAddresses = 8192

// addressLimiter allows each client address its rate.
type addressLimiter struct {
	mu    sync.Mutex
	rate  rate.Limit
	burst int
	seen  map[netip.Addr]*addressState
}

type addressState struct {
	limiter *rate.Limiter
	last    time.Time
}

func newAddressLimiter(r rate.Limit, burst int) *addressLimiter {
	return &addressLimiter{rate: r, burst: burst, seen: make(map[netip.Addr]*addressState)}
}

// allow reports whether a request from addr may go on. IPv6 addresses count by /64, because one client owns as many.
func (l *addressLimiter) allow(addr netip.Addr, now time.Time) bool {
	if l.rate <= 0 {
		return true
	}
	addr = addr.Unmap()
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			addr = p.Addr()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.seen[addr]
	if !ok {
		if len(l.seen) >= maxAddresses {
			l.forget(now)
		}
		s = &addressState{limiter: rate.NewLimiter(l.rate, l.burst)}
		l.seen[addr] = s
	}
	s.last = now
	return s.limiter.AllowN(now, 1)
}

// forget drops addresses whose allowance is full again; if that frees too little, any until half are left.
func (l *addressLimiter) forget(now time.Time) {
	for addr, s := range l.seen {
		if s.limiter.TokensAt(now) >= float64(l.burst) {
			delete(l.seen, addr)
		}
	}
	for addr := range l.seen {
		if len(l.seen) <= maxAddresses/2 {
			return
		}
		delete(l.seen, addr)
	}
}

// supplierLimiter allows each supplier its rate. Suppliers come from the configuration, so their number is bounded.
type supplierLimiter struct {
	mu   sync.Mutex
	seen map[string]*rate.Limiter
}

func (l *supplierLimiter) allow(s *partner.Supplier, now time.Time) bool {
	if s.Rate <= 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen = make(map[string]*rate.Limiter)
	}
	if l.seen[s.Name] == nil {
		l.seen[s.Name] = rate.NewLimiter(rate.Limit(s.Rate), max(s.Burst, 1))
	}
	return l.seen[s.Name].AllowN(now, 1)
}
