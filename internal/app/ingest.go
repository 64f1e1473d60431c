package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/time/rate"

	"counterpunch/internal/config"
	"counterpunch/internal/cxml"
	"counterpunch/internal/intake"
	"counterpunch/internal/queue"
	"counterpunch/internal/telemetry"
)

// Ingest is a running intake.
type Ingest struct {
	handler  *intake.Handler
	server   *http.Server
	listener net.Listener
	tls      bool // net/http gives a server without TLS a TLSConfig too
	admin    *telemetry.Admin
	shutdown time.Duration
	log      zerolog.Logger
	stack    stack
	failed   chan error
}

// StartIngest opens the suppliers' endpoint and its admin port over q. Addresses with port 0 take free ones.
func StartIngest(ctx context.Context, cfg *config.Config, q *queue.Queue, log zerolog.Logger) (*Ingest, error) {
	i := &Ingest{shutdown: cfg.Ingest.Shutdown, log: log, failed: make(chan error, 1)}
	if err := i.start(ctx, cfg, q); err != nil {
		return nil, errors.Join(fmt.Errorf("start ingest: %w", err), i.stack.unwind(context.Background()))
	}
	log.Info().Str("listen", i.Addr()).Str("admin", i.AdminAddr()).Str("acknowledgement", q.Durability(ctx)).Msg("ingest.started")
	return i, nil
}

func (i *Ingest) start(ctx context.Context, cfg *config.Config, q *queue.Queue) error {
	if g := q.Guarantee(ctx); cfg.NATS.Strict && !g.Strict() {
		return fmt.Errorf("nats.strict is set, and an acknowledgement here means: %s", g)
	}
	directory, err := newDirectory(cfg)
	if err != nil {
		return err
	}
	if err := seedLanes(ctx, cfg, q); err != nil {
		return err
	}
	journal, err := openJournal(cfg.Ingest.Journal)
	if err != nil {
		return err
	}
	if journal != nil {
		i.stack.push("intake journal", func(context.Context) error { return journal.Close() })
	}

	registry := telemetry.NewRegistry("ingest")
	i.handler = intake.New(intake.Options{
		Directory: directory, Queue: q, Journal: journal, Limits: intakeLimits(cfg.Ingest.Limits),
		PublicURL: cfg.Ingest.PublicURL, Metrics: telemetry.NewIntake(registry, directory.Suppliers()), Log: i.log,
		PublishTimeout: cfg.Ingest.PublishTimeout,
	})
	i.admin, err = startAdmin(telemetry.Options{
		Addr: cfg.Ingest.Admin, Registry: registry, Log: i.log,
		Ready: func(ctx context.Context) (map[string]string, error) {
			details, err := readiness(q)(ctx)
			return details, errors.Join(i.handler.Ready(), err)
		},
	}, &i.stack)
	if err != nil {
		return err
	}
	return i.listen(cfg.Ingest)
}

func (i *Ingest) listen(c config.Ingest) error {
	i.server = &http.Server{
		Handler: i.handler,
		// The times of a slow but honest uplink; whoever is slower holds a connection for nothing.
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: 120 * time.Second,
		MaxHeaderBytes: 32 << 10,
	}
	if i.tls = c.TLS.Enabled(); i.tls {
		certificate, err := tls.LoadX509KeyPair(c.TLS.Certificate, c.TLS.Key)
		if err != nil {
			return fmt.Errorf("load ingest.tls: %w", err)
		}
		i.server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{certificate}}
		if c.TLS.ClientCertificates {
			// Asked for, not demanded: which certificate is whose is the partner directory's to say.
			i.server.TLSConfig.ClientAuth = tls.RequestClientCert
		}
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen on ingest.listen %s: %w", c.Listen, err)
	}
	i.listener = listener
	go func() {
		serve := func() error { return i.server.Serve(listener) }
		if i.tls {
			serve = func() error { return i.server.ServeTLS(listener, "", "") }
		}
		if err := serve(); !errors.Is(err, http.ErrServerClosed) {
			i.failed <- fmt.Errorf("serve suppliers: %w", err)
		}
	}()
	i.stack.push("suppliers' endpoint", func(ctx context.Context) error {
		if err := i.server.Shutdown(ctx); err != nil {
			return errors.Join(fmt.Errorf("requests in progress were cut off: %w", err), i.server.Close())
		}
		return nil
	})
	return nil
}

// Addr returns the address of the suppliers' endpoint.
func (i *Ingest) Addr() string { return i.listener.Addr().String() }

// URL returns where suppliers post to, by that address.
func (i *Ingest) URL() string {
	if i.tls {
		return "https://" + i.Addr() + "/cxml"
	}
	return "http://" + i.Addr() + "/cxml"
}

// AdminAddr returns the address of the admin port.
func (i *Ingest) AdminAddr() string { return i.admin.Addr() }

// Failed tells of a listener that broke while the intake was running.
func (i *Ingest) Failed() <-chan error { return i.failed }

// Refuse answers further documents with 560 and /readyz with 503, and goes on listening. Connections are closed after
// their present answer, so that the next document of the same sender finds another ingest.
func (i *Ingest) Refuse() {
	i.handler.Refuse()
	i.server.SetKeepAlivesEnabled(false)
}

// linger refuses for a fifth of ingest.shutdown before the listener is closed. Load balancers look at /readyz every few
// seconds; a sender that they still direct here in between gets an answer that tells it to come back.
func (i *Ingest) linger() {
	i.Refuse()
	i.log.Info().Dur("for", i.shutdown/5).Msg("ingest.refusing")
	time.Sleep(i.shutdown / 5)
}

// Stop refuses further documents with 560, lets those in progress be answered, and closes everything.
func (i *Ingest) Stop() error {
	i.Refuse()
	ctx, cancel := context.WithTimeout(context.Background(), i.shutdown)
	defer cancel()
	err := i.stack.unwind(ctx)
	i.log.Info().Err(err).Msg("ingest.stopped")
	return err
}

// openJournal opens the intake journal and creates its folder, for this user only, when it is missing.
func openJournal(path string) (*intake.Journal, error) {
	if path == "" {
		return nil, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("create the folder of ingest.journal: %w", err)
	}
	return intake.OpenJournal(path)
}

func intakeLimits(l config.Limits) intake.Limits {
	return intake.Limits{
		Body: int64(l.Body), Inflated: int64(l.Inflated), Parts: l.Parts, Attachment: int64(l.Attachment), Attachments: int64(l.Attachments),
		Memory: int64(l.Memory), BodyTime: l.BodyTime, BodyRate: int64(l.BodyRate), Parses: parses(l), Waiting: 64 * parses(l),
		AddressRate: rate.Limit(l.AddressRate), AddressBurst: l.AddressBurst,
		XML: cxml.Limits{
			Body: int64(l.Inflated), Depth: l.Depth, Elements: l.Elements, Attributes: l.Attributes, Lines: l.Lines,
			AttributeValue: int(l.AttributeValue), Text: int(l.Text), Time: l.ParseTime,
		},
	}
}
