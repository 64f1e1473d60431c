package cluster_test

import (
	"flag"
	"net/http"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"

	"counterpunch/deploy/nats/cluster"
	"counterpunch/internal/testkit/ports"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// servers are the three of the shipped files, in this process.
type servers struct {
	t      *testing.T
	layout *cluster.Local
	nodes  [cluster.Size]*server.Server
}

func startServers(t *testing.T) *servers {
	t.Helper()
	layout, err := cluster.NewLocal(t.TempDir(), ports.Free(t, cluster.Ports))
	if err != nil {
		t.Fatal(err)
	}
	s := &servers{t: t, layout: layout}
	for n := range s.nodes {
		s.start(n)
	}
	t.Cleanup(func() {
		for n := range s.nodes {
			s.nodes[n].Shutdown()
			s.nodes[n].WaitForShutdown()
		}
	})
	for n := range s.nodes {
		s.ready(n)
	}
	return s
}

// start runs a server as nats-server with its arguments does.
func (s *servers) start(n int) {
	s.t.Helper()
	s.t.Chdir(s.layout.Home(n))
	o, err := server.ConfigureOptions(flag.NewFlagSet("nats-server", flag.ContinueOnError), s.layout.Args(n), nil, nil, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	o.NoSigs, o.NoLog = true, true
	o.LameDuckGracePeriod, o.LameDuckDuration = 300*time.Millisecond, time.Second // the file cannot say so little
	if s.nodes[n], err = server.NewServer(o); err != nil {
		s.t.Fatal(err)
	}
	s.nodes[n].Start()
}

func (s *servers) ready(n int) {
	s.t.Helper()
	if !s.nodes[n].ReadyForConnections(30 * time.Second) {
		s.t.Fatalf("%s does not start", s.layout.Name(n))
	}
}

// restart stops a server as an operator does, and waits until it has caught up with the others.
func (s *servers) restart(n int) {
	s.t.Helper()
	s.nodes[n].LameDuckShutdown()
	s.nodes[n].WaitForShutdown()
	s.start(n)
	s.ready(n)
	s.await(s.layout.Name(n)+" to catch up", func() bool {
		for i := range s.nodes {
			resp, err := http.Get(s.layout.Monitoring(i) + "/healthz")
			if err != nil {
				return false
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				return false
			}
		}
		return true
	})
}

// await looks until done reports true.
func (s *servers) await(what string, done func() bool) {
	s.t.Helper()
	tick, limit := time.NewTicker(50*time.Millisecond), time.NewTimer(6*time.Minute)
	defer tick.Stop()
	defer limit.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-limit.C:
			s.t.Fatalf("waited in vain for %s", what)
		}
	}
}
