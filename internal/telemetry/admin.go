package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"
)

// Options say what the admin listener serves.
type Options struct {
	Addr     string               // host:port; port 0 takes a free one
	Registry *prometheus.Registry // shown under /metrics
	// Ready tells whether the program does its work, with facts about it, such as what an acknowledgement means. Its error
	// is shown to whoever can reach the listener. It must return when ctx ends. nil is always ready.
	Ready func(ctx context.Context) (map[string]string, error)
	Log   zerolog.Logger // for errors of the listener; the zero value is silent
}

// Timeouts of the admin listener. A scrape of many series over a slow link may take its time; nothing else should.
const (
	adminReadHeader = 5 * time.Second
	adminRead       = 10 * time.Second
	adminWrite      = 60 * time.Second
	adminIdle       = 60 * time.Second
	adminHeaderSize = 16 << 10
	readyTimeout    = 5 * time.Second
	metricsTimeout  = 30 * time.Second
	metricsAtOnce   = 4
)

// Admin is the listener for operators and orchestrators: /healthz, /readyz and /metrics. It has no authentication and
// belongs on an address that suppliers cannot reach.
type Admin struct {
	addr   string
	server *http.Server

	once  sync.Once
	bound chan struct{} // closed when the address is known, or never will be
	at    string
}

// NewAdmin prepares the listener; ListenAndServe starts it.
func NewAdmin(o Options) *Admin {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("GET /readyz", ready(o.Ready))
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.Registry, promhttp.HandlerOpts{
		ErrorLog:            StdLog(o.Log, "admin.metrics_failed"),
		ErrorHandling:       promhttp.ContinueOnError,
		Registry:            o.Registry,
		MaxRequestsInFlight: metricsAtOnce,
		Timeout:             metricsTimeout,
	}))
	return &Admin{
		addr: o.Addr,
		server: &http.Server{
			Handler:           plain(mux),
			ReadHeaderTimeout: adminReadHeader,
			ReadTimeout:       adminRead,
			WriteTimeout:      adminWrite,
			IdleTimeout:       adminIdle,
			MaxHeaderBytes:    adminHeaderSize,
			ErrorLog:          StdLog(o.Log, "admin.http_error"),
		},
		bound: make(chan struct{}),
	}
}

// plain sets what every answer carries.
func plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// readiness is the body of /readyz.
type readiness struct {
	Ready   bool              `json:"ready"`
	Reasons []string          `json:"reasons,omitempty"` // why not
	Details map[string]string `json:"details,omitempty"`
}

func ready(check func(context.Context) (map[string]string, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := readiness{Ready: true}
		if check != nil {
			ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
			defer cancel()
			details, err := check(ctx)
			answer.Details = details
			if err != nil {
				answer.Ready, answer.Reasons = false, strings.Split(err.Error(), "\n") // one line each of errors.Join
			}
		}
		w.Header().Set("Content-Type", "application/json")
		if !answer.Ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		// The only error is a client that went away.
		_ = json.NewEncoder(w).Encode(answer)
	})
}

// ListenAndServe serves until Shutdown and then returns nil.
func (a *Admin) ListenAndServe() error {
	listener, err := net.Listen("tcp", a.addr)
	if err != nil {
		a.once.Do(func() { close(a.bound) })
		return fmt.Errorf("listen for health and metrics: %w", err)
	}
	a.once.Do(func() {
		a.at = listener.Addr().String()
		close(a.bound)
	})
	if err := a.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve health and metrics on %s: %w", a.addr, err)
	}
	return nil
}

// Addr waits until ListenAndServe has the address and returns it, "" when it could not be had.
func (a *Admin) Addr() string {
	<-a.bound
	return a.at
}

// Shutdown stops the listener and waits for answers in progress until ctx ends.
func (a *Admin) Shutdown(ctx context.Context) error {
	a.once.Do(func() { close(a.bound) })
	return a.server.Shutdown(ctx)
}
