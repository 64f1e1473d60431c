package app_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
	"counterpunch/internal/testkit/ports"
	"counterpunch/internal/testkit/wait"
)

// guarded starts a NATS server that lets in one token.
func guarded(t *testing.T, dir string, port int, token string) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, Authorization: token, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { end(s) })
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the NATS server does not get ready")
	}
	return s
}

func end(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// starts counts the lines of a log that say that a part has started.
type starts struct{ atomic.Int32 }

func (s *starts) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(`.started"`)) {
		s.Add(1)
	}
	return len(line), nil
}

// A server that refuses a connection twice is not asked a third time, so the process has to end to be started again.
func TestProgramsEndWhenNATSRefusesThemForGood(t *testing.T) {
	dir := t.TempDir()
	port := ports.Free(t, 1)[0]
	first := guarded(t, dir, port, "before")
	cfg := parse(t, exampleFor(t, "nats://"+first.Addr().String()))
	cfg.NATS.URL = "nats://before@" + first.Addr().String() // the configuration refuses what would end in logs
	cfg.Ingest.Shutdown, cfg.Worker.Shutdown = time.Second, time.Second
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	programs := map[string]func(context.Context, *config.Config, zerolog.Logger) error{
		"ingest": app.RunIngest, "worker": app.RunWorker,
		"serve": func(ctx context.Context, cfg *config.Config, log zerolog.Logger) error {
			return app.RunServe(ctx, cfg, log, nil)
		},
	}
	type result struct {
		name string
		err  error
	}
	ended := make(chan result, len(programs))
	var started starts
	for name, run := range programs {
		own := *cfg
		own.Ingest.Journal += name
		go func() { ended <- result{name, run(ctx, &own, zerolog.New(&started))} }()
	}
	wait.Until(t.Context(), t, "ingest and worker have started, each alone and in serve", func() bool { return started.Load() == 4 })
	end(first)
	guarded(t, dir, port, "after")
	late := time.After(time.Minute)
	for range programs {
		select {
		case r := <-ended:
			if !errors.Is(r.err, nats.ErrAuthorization) || !strings.Contains(r.err.Error(), "will not be opened again") {
				t.Errorf("%s ended with %v, want the server's refusal", r.name, r.err)
			}
		case <-late:
			t.Fatal("a program goes on without its connection")
		}
	}
}
