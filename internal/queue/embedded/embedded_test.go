package embedded_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"counterpunch/internal/queue/embedded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, o embedded.Options) *embedded.Server {
	t.Helper()
	s, err := embedded.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDataSurvivesARestart(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	dir := t.TempDir()
	for run := range 2 {
		s := start(t, embedded.Options{Dir: dir, SyncAlways: true})
		nc, err := s.Connect("test")
		if err != nil {
			t.Fatal(err)
		}
		js, err := jetstream.New(nc)
		if err != nil {
			t.Fatal(err)
		}
		st, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := st.CachedInfo().State.Msgs; got != uint64(run) {
			t.Errorf("run %d: %d messages, want %d", run, got, run)
		}
		if _, err := js.Publish(ctx, "s", []byte("x")); err != nil {
			t.Fatal(err)
		}
		nc.Close()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "jetstream")); err != nil {
		t.Errorf("the given folder was removed: %v", err)
	}
}

func TestTemporaryFolderIsRemoved(t *testing.T) {
	s := start(t, embedded.Options{})
	dir := s.Dir()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("folder %s is still there: %v", dir, err)
	}
}

func TestPort(t *testing.T) {
	t.Run("none: in-process only", func(t *testing.T) {
		s := start(t, embedded.Options{})
		defer s.Close()
		if s.URL() != "" {
			t.Errorf("URL %q, want none", s.URL())
		}
	})
	t.Run("free", func(t *testing.T) {
		s := start(t, embedded.Options{Port: -1, MaxPayload: 2 << 20})
		defer s.Close()
		nc, err := nats.Connect(s.URL())
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if nc.MaxPayload() != 2<<20 {
			t.Errorf("max payload %d", nc.MaxPayload())
		}
	})
}
