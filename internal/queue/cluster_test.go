package queue

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/testkit/ports"
	"counterpunch/internal/testkit/wait"
)

// cluster is three servers that form one.
type cluster struct {
	t       *testing.T
	options []*server.Options
	nodes   []*server.Server
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	c := newCluster(t)
	for i := range c.nodes {
		c.start(i)
	}
	return c
}

// newCluster returns a cluster of which no server has been started.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	const size = 3
	found, routes := ports.Free(t, 2*size), ""
	for _, port := range found[:size] {
		routes += ",nats://127.0.0.1:" + strconv.Itoa(port)
	}
	c := &cluster{t: t, nodes: make([]*server.Server, size)}
	for i := range size {
		c.options = append(c.options, &server.Options{
			ServerName: fmt.Sprint("n", i), Host: "127.0.0.1", Port: found[size+i], JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
			Cluster: server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: found[i]},
			Routes:  server.RoutesFromStr(routes[1:]),
		})
	}
	t.Cleanup(func() {
		for i := range size {
			c.stop(i)
		}
	})
	return c
}

func (c *cluster) start(i int) {
	c.t.Helper()
	s, err := server.NewServer(c.options[i].Clone())
	if err != nil {
		c.t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(time.Minute) {
		c.t.Fatalf("server %d of the cluster does not start", i)
	}
	c.nodes[i] = s
}

func (c *cluster) stop(i int) {
	if c.nodes[i] == nil {
		return
	}
	c.nodes[i].Shutdown()
	c.nodes[i].WaitForShutdown()
}

// connect opens a connection that finds another server when its own is gone.
func (c *cluster) connect(i int) *nats.Conn {
	c.t.Helper()
	urls := ""
	for n := range c.nodes {
		if s := c.nodes[(i+n)%len(c.nodes)]; s != nil {
			urls += "," + s.ClientURL()
		}
	}
	nc, err := nats.Connect(urls[1:], nats.DontRandomize(), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.ReconnectBufSize(-1))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(nc.Close)
	return nc
}

// On a cluster a publish is refused while another of the same document is still in process, with nothing stored yet to
// compare with.
func TestEachDocumentIsStoredOnceOnACluster(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	c := startCluster(t)
	open := func(i int) *Queue {
		q, err := Open(ctx, c.connect(i), c.connect(i), Options{Prefix: "c", Replicas: 3, AckWait: 4 * time.Second})
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

// The leader of a cluster that has just started may not know all servers yet, and refuses three copies until it does. Here
// it learns of the third when that is started.
func TestOpenWaitsForTheServersThatTheCopiesNeed(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c := newCluster(t)
	for i := range 2 {
		c.options[i].Routes = c.options[i].Routes[:2]
		c.start(i)
	}
	nc := c.connect(0)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	wait.Until(ctx, t, "a leader refuses three copies", func() bool {
		one, done := context.WithTimeout(ctx, time.Second) // what no leader hears stays without an answer
		defer done()
		_, err := js.CreateStream(one, jetstream.StreamConfig{Name: "PROBE", Replicas: 3})
		return apiCode(err) == codeNoPeers
	})
	opened := make(chan error, 1)
	go func() {
		_, err := Open(ctx, nc, c.connect(1), Options{Prefix: "c", Replicas: 3})
		opened <- err
	}()
	c.start(2)
	if err := <-opened; err != nil {
		t.Error(err)
	}
}

// A follower that lags has no object that the leader has acknowledged; the document that names it must not look damaged.
func TestAnObjectThatASlowServerDoesNotKnowYetIsAskedForAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	c := startCluster(t)
	q, err := Open(ctx, c.connect(0), c.connect(0), Options{Prefix: "c", Replicas: 3})
	if err != nil {
		t.Fatal(err)
	}
	file := []byte("of a document")
	sum := sha256.Sum256(file)
	ref := objectAttachment + "/" + hex.EncodeToString(sum[:])
	if _, err := q.readObject(ctx, ref); !errors.Is(err, ErrNotFound) {
		t.Fatalf("before it is stored: %v", err)
	}
	asked := make(chan error, 1)
	go func() {
		data, err := q.Object(ctx, ref)
		if err == nil && !bytes.Equal(data, file) {
			err = fmt.Errorf("it holds %q", data)
		}
		asked <- err
	}()
	if _, err := q.PutAttachment(ctx, file); err != nil {
		t.Fatal(err)
	}
	if err := <-asked; err != nil {
		t.Error(err)
	}
	began := time.Now()
	if _, err := q.Object(ctx, objectAttachment+"/none"); !errors.Is(err, ErrNotFound) || time.Since(began) > time.Minute {
		t.Errorf("an object that never was: %v after %s", err, time.Since(began))
	}
}

// answers counts what JetStream said to publishes of one document by many.
type answers struct {
	mu    sync.Mutex
	codes map[jetstream.ErrorCode]int // 0: no answer
	first int                         // stored
}

func (a *answers) add(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		a.first++
		return
	}
	a.codes[apiCode(err)]++
}

// Bare publishes, none of them asked again unless nothing or nothing certain was heard: what the cluster itself promises.
func TestAClusterStoresOneOfManyPublishesOfADocument(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	for _, stopped := range []bool{false, true} {
		t.Run(fmt.Sprint("leader stopped ", stopped), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
			defer cancel()
			const connections, documents = 8, 500
			c := startCluster(t)
			q, err := Open(ctx, c.connect(0), c.connect(0), Options{Prefix: "c", Replicas: 3})
			if err != nil {
				t.Fatal(err)
			}
			f := &fixture{t: t, ctx: ctx, prefix: "c"}
			a := answers{codes: map[jetstream.ErrorCode]int{}}
			var publishers sync.WaitGroup
			for n := range connections {
				js, err := jetstream.New(c.connect(n))
				if err != nil {
					t.Fatal(err)
				}
				publishers.Go(func() {
					for id := range documents {
						publishOnce(ctx, t, js, &a, id)
					}
				})
			}
			if stopped {
				wait.Until(ctx, t, "a third of the documents is stored", func() bool { a.mu.Lock(); defer a.mu.Unlock(); return a.first > documents/3 })
				leader := c.leader(ctx, q)
				c.stop(leader)
				wait.Until(ctx, t, "another server leads", func() bool { now := c.leader(ctx, q); return now >= 0 && now != leader })
				c.start(leader)
			}
			publishers.Wait()
			wait.Until(ctx, t, "all documents are stored, once", func() bool { return f.count(q, inbound) == documents })
			t.Logf("%d connections x %d documents: %d stored; %d acknowledged as first, %d x 10071, %d x 10164, %d without an answer, all: %v",
				connections, documents, f.count(q, inbound), a.first, a.codes[jetstream.JSErrCodeStreamWrongLastSequence], a.codes[jetstream.JSErrCodeStreamWrongLastSequenceConstant], a.codes[0], a.codes)
			if a.first > documents {
				t.Errorf("%d publishes of %d documents were acknowledged", a.first, documents)
			}
		})
	}
}

// publishOnce publishes until the document is known to be stored, by this publisher or another.
func publishOnce(ctx context.Context, t *testing.T, js jetstream.JetStream, a *answers, id int) {
	subject := fmt.Sprint("c.inbound.main.0.invoice.d", id)
	for try := 0; ; try++ {
		one, done := context.WithTimeout(ctx, 3*time.Second)
		_, err := js.Publish(one, subject, []byte("x"), jetstream.WithExpectLastSequenceForSubject(0, fmt.Sprint("c.inbound.main.*.*.d", id)))
		done()
		a.add(err)
		if err == nil || apiCode(err) == jetstream.JSErrCodeStreamWrongLastSequence {
			return
		}
		if !backOff(ctx, try) {
			t.Errorf("document %d: %v", id, err)
			return
		}
	}
}

// leader returns which server leads INBOUND, or -1.
func (c *cluster) leader(ctx context.Context, q *Queue) int {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	s, err := q.js.Stream(ctx, q.o.stream(inbound))
	if err != nil || s.CachedInfo().Cluster == nil {
		return -1
	}
	for i, o := range c.options {
		if o.ServerName == s.CachedInfo().Cluster.Leader {
			return i
		}
	}
	return -1
}
