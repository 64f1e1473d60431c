package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"counterpunch/internal/config"
	"counterpunch/internal/queue"
)

// Addresses are where a running installation can be reached.
type Addresses struct {
	Suppliers   string `json:"suppliers"` // URL that suppliers post to
	IngestAdmin string `json:"ingestAdmin"`
	WorkerAdmin string `json:"workerAdmin"`
	NATS        string `json:"nats"` // for ops commands
}

// Serve is intake and worker in one process.
type Serve struct {
	Queue  *queue.Queue
	Ingest *Ingest
	Worker *Worker

	nats        string
	connections *connections
	stack       stack
}

// StartServe starts NATS, if it is embedded, then the worker, then the intake.
func StartServe(ctx context.Context, cfg *config.Config, log zerolog.Logger) (*Serve, error) {
	s := &Serve{nats: cfg.NATS.URL}
	if err := s.start(ctx, cfg, log); err != nil {
		return nil, errors.Join(err, s.stack.unwind(context.Background()))
	}
	return s, nil
}

func (s *Serve) start(ctx context.Context, cfg *config.Config, log zerolog.Logger) error {
	o := queueOptions(cfg, log)
	connect := func(part string) (*nats.Conn, error) { return dial(cfg.NATS, "serve", part, log) }
	if cfg.NATS.Embedded() {
		if err := refuseUnfinished(cfg.NATS.Directory); err != nil {
			return err
		}
		server, err := serveEmbedded(cfg.NATS, -1, log)
		if err != nil {
			return err
		}
		s.stack.push("embedded nats", func(context.Context) error { return server.Close() })
		s.nats, connect = server.URL(), server.Connect
		o.Durability = &queue.Guarantee{Known: true, SyncAlways: true, Source: "embedded server"}
	}
	q, connections, err := openQueue(ctx, o, connect)
	if err != nil {
		return fmt.Errorf("open the queue: %w", err)
	}
	s.Queue, s.connections = q, connections
	s.stack.push("connections to nats", func(context.Context) error { connections.close(); return nil })
	if s.Worker, err = StartWorker(ctx, cfg, q, log); err != nil {
		return err
	}
	s.stack.push("worker", func(context.Context) error { return s.Worker.Stop() })
	if s.Ingest, err = StartIngest(ctx, cfg, q, log); err != nil {
		return err
	}
	s.stack.push("ingest", func(context.Context) error { return s.Ingest.Stop() })
	return nil
}

// Addresses returns where the parts can be reached.
func (s *Serve) Addresses() Addresses {
	return Addresses{
		Suppliers: s.Ingest.URL(), NATS: s.nats,
		IngestAdmin: "http://" + s.Ingest.AdminAddr(), WorkerAdmin: "http://" + s.Worker.AdminAddr(),
	}
}

// Stop stops the intake first, then the worker, then NATS.
func (s *Serve) Stop() error { return s.stack.unwind(context.Background()) }
