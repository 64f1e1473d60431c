package simulator

import (
	"fmt"
	"net"
	"net/http"
	"regexp"
	"time"
)

// strike reports whether a fault hits this call, and how. It uses up Next and the seeded random numbers, so it is called
// once a call and fault, under the mutex.
func (s *Simulator) strike(f *Fault, c *call) (Choice, bool) {
	if f.Path == "" && f.Next == 0 && f.Rate == 0 {
		return "", false
	}
	if f.Path != "" {
		// The pattern was compiled when the knobs were set.
		if ok, err := regexp.MatchString(f.Path, c.method+" "+c.path); err != nil || !ok {
			return "", false
		}
	}
	switch {
	case f.Next > 0:
		f.Next--
	case f.Rate > 0:
		if s.random.Float64() >= f.Rate {
			return "", false
		}
	case f.Counted:
		return "", false
	}
	how := f.How
	if how == "" {
		how = []Choice{Error500, Reset, Timeout}[s.random.IntN(3)]
	}
	return how, true
}

// unexpected is the answer that says nothing. The error id is made of the call's number, so that it can be found again.
func unexpected(c *call) *refusal {
	return refuse(http.StatusInternalServerError, codeUnexpected,
		fmt.Sprintf("An unexpected error occurred. Error ID: sim%08d", c.sequence))
}

// fail ends a call without a proper answer, as how says.
func (s *Simulator) fail(w http.ResponseWriter, r *http.Request, c *call, how Choice, style Choice, hang time.Duration) {
	switch how {
	case Error500:
		unexpected(c).write(w, style)
		return
	case Timeout:
		sleep(r.Context(), hang)
	}
	cut(w)
}

// cut closes the connection so that the caller sees a reset.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// Without a connection of its own the server is asked to abort the answer.
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// writeDown is what a load balancer in front of NetSuite shows during maintenance.
func writeDown(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte("<!DOCTYPE html><html><head><title>NetSuite</title></head><body><h1>Scheduled maintenance</h1></body></html>"))
}
