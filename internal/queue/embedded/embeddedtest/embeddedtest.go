// Package embeddedtest gives each test a NATS server with JetStream of its own, within the process.
package embeddedtest

import (
	"testing"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"counterpunch/internal/queue/embedded"
)

// Start starts a server that runs until the test ends, or until the test closes it before.
func Start(t testing.TB, o embedded.Options) *embedded.Server {
	t.Helper()
	s, err := embedded.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Connect opens a connection that is closed when the test ends.
func Connect(t testing.TB, s *embedded.Server) *nats.Conn {
	t.Helper()
	nc, err := s.Connect(t.Name())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// VerifyMain runs the tests of a package and fails when they leave goroutines behind, but for one of the client's: nats.go
// 1.55 leaves it when an object is stored and the connection is closed before the goroutine has got as far as reading its
// channel (jetstream/publish.go).
func VerifyMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"))
}
