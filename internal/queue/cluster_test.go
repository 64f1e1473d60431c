package queue

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// startCluster starts three servers that form a cluster and returns their addresses.
func startCluster(t *testing.T) []string {
	t.Helper()
	const size = 3
	routes, ports := "", make([]int, size)
	for i := range size {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ports[i] = l.Addr().(*net.TCPAddr).Port
		l.Close()
		routes += ",nats://127.0.0.1:" + strconv.Itoa(ports[i])
	}
	var urls []string
	for i := range size {
		o := &server.Options{
			ServerName: fmt.Sprint("n", i), Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
			Cluster: server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: ports[i]},
			Routes:  server.RoutesFromStr(routes[1:]),
		}
		s, err := server.NewServer(o)
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
		if !s.ReadyForConnections(20 * time.Second) {
			t.Fatal("a server of the cluster does not start")
		}
		urls = append(urls, s.ClientURL())
	}
	return urls
}

// On a cluster a publish is refused while another of the same document is still in process, with nothing stored yet to
// compare with.
func TestEachDocumentIsStoredOnceOnACluster(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	urls := startCluster(t)
	connect := func(i int) *nats.Conn {
		nc, err := nats.Connect(urls[i%len(urls)])
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(nc.Close)
		return nc
	}
	open := func(i int) *Queue {
		q, err := Open(ctx, connect(i), connect(i), Options{Prefix: "c", Replicas: 3, AckWait: 4 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	const publishers, documents = 6, 10
	var queues []*Queue
	for i := range publishers {
		queues = append(queues, open(i))
	}
	var first, again atomic.Int32
	parallel(publishers*documents, func(i int) {
		r, err := queues[i%publishers].Publish(ctx, doc("PO-1", fmt.Sprint("p", i/publishers)))
		switch {
		case err != nil:
			t.Error(err)
		case r.Duplicate:
			again.Add(1)
		default:
			first.Add(1)
		}
	})
	if first.Load() != documents || again.Load() != documents*(publishers-1) {
		t.Errorf("%d first receipts and %d duplicates", first.Load(), again.Load())
	}
	f := &fixture{t: t, ctx: ctx, prefix: "c"}
	if got := f.count(queues[0], inbound); got != documents {
		t.Errorf("%d messages are stored, want %d", got, documents)
	}
	l := f.lane(queues[0], doc("PO-1", "p0"))
	for range documents {
		f.end(f.next(l), Record{Type: Applied})
	}
}
