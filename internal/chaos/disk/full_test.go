//go:build linux

package disk_test

import (
	"net/http"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/fixtures"
	"counterpunch/internal/chaos/disk"
	"counterpunch/internal/config"
	"counterpunch/internal/demo"
	"counterpunch/internal/testkit/ports"
	"counterpunch/internal/testkit/wait"
)

// A supplier must be told to come back in time, also by a busy machine: what the intake itself waits is shorter.
const (
	inTime   = 30 * time.Second
	patience = 3 * time.Second // ingest.publish_timeout
)

// placement says what of an installation is on the bad disk; the rest is on a good one.
type placement struct {
	name     string
	external bool // the streams are those of a NATS server that is a process of its own
	streams  bool
	journal  bool
}

// patient is an installation on a disk that may break, with what its suppliers were told.
type patient struct {
	t *testing.T
	placement
	bad   string // folder on the bad disk
	good  string
	url   string // of the external server
	port  string // that it comes back on
	stop  func() // the external server
	world *demo.World

	mu      sync.Mutex
	sent    int
	taken   map[string]bool
	later   int
	slowest time.Duration // answer that was no 200
}

func (p *patient) open() {
	p.t.Helper()
	if p.external {
		if p.port == "" {
			p.port = strconv.Itoa(ports.Free(p.t, 1)[0])
		}
		p.url, p.stop = startNATS(p.t, filepath.Join(p.bad, "nats"), p.port)
	}
	var err error
	p.world, err = demo.Open(p.t.Context(), demo.Options{Directory: p.good, Orders: fixtures.Orders(), Log: zerolog.Nop(), Change: func(c *config.Config) {
		switch {
		case p.external:
			c.NATS.URL = p.url
		case p.streams:
			c.NATS.Directory = filepath.Join(p.bad, "nats")
		}
		c.Ingest.PublishTimeout = patience
		if p.journal {
			c.Ingest.Journal = filepath.Join(p.bad, "intake.journal")
		}
	}})
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *patient) close() {
	p.t.Helper()
	if err := p.world.Close(); err != nil {
		p.t.Error(err)
	}
	if p.external {
		p.stop()
	}
}

// send sends so many documents at once and returns how many of them were taken. Each other one must be told, in time, to
// come again.
func (p *patient) send(n int) (taken int) {
	p.t.Helper()
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			p.mu.Lock()
			p.sent++
			body := invoice(p.t, p.sent)
			p.mu.Unlock()
			began := time.Now()
			a, err := p.world.Post(p.t.Context(), "text/xml", body)
			took := time.Since(began)
			p.mu.Lock()
			defer p.mu.Unlock()
			switch {
			case err != nil:
				p.t.Error(err)
			case a.Code == http.StatusOK:
				p.taken[a.ID] = true
				taken++
			case a.Code != 560 || took > inTime:
				p.t.Errorf("answered with %d after %s: %s", a.Code, took, a.Body)
			default:
				p.later++
				p.slowest = max(p.slowest, took)
			}
		})
	}
	all.Wait()
	return taken
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Suppliers are told to come back while the disk takes nothing, and what was answered with 200 before, meanwhile or after is
// there when the power is lost at the end.
func TestNoFalse200OnADiskThatRefuses(t *testing.T) {
	for _, where := range []placement{
		{name: "embedded server", streams: true, journal: true},
		{name: "server of its own", streams: true, external: true},
		{name: "intake journal", journal: true},
	} {
		for name, fault := range map[string]disk.Fault{"full": {Refuse: syscall.ENOSPC, Room: 1000}, "read-only": {Refuse: syscall.EROFS}} {
			t.Run(where.name+" "+name, func(t *testing.T) { proveNoFalse200(t, where, fault) })
		}
	}
}

func proveNoFalse200(t *testing.T, where placement, fault disk.Fault) {
	const atOnce, rounds = 8, 2
	d, bad := mount(t, nil)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	p := &patient{t: t, placement: where, bad: bad, good: t.TempDir(), taken: map[string]bool{}}
	p.open()
	wait.Until(t.Context(), t, "a good disk takes documents", func() bool { p.send(atOnce); return len(p.taken) >= atOnce })
	if err := d.Break(fault); err != nil {
		t.Fatal(err)
	}
	p.send(atOnce) // some may still fit
	before := heap()
	for range rounds {
		if n := p.send(atOnce); n > 0 {
			t.Errorf("%d documents were taken by a disk that takes nothing", n)
		}
	}
	after := heap()
	if err := d.Break(disk.Fault{}); err != nil {
		t.Fatal(err)
	}
	if p.external { // as its init system does when its health check fails
		p.stop()
		p.url, p.stop = startNATS(t, filepath.Join(p.bad, "nats"), p.port)
	}
	mended := time.Now()
	wait.Until(t.Context(), t, "a document is taken again", func() bool { return p.send(1) == 1 })
	recovered := time.Since(mended)
	p.send(atOnce)
	left := survivors(t, d) // the power is lost here
	p.close()
	if p.external || p.streams {
		_, p.bad = mount(t, left)
	}
	p.open()
	for id := range p.taken {
		expectStatus(t, p.world, id)
		if p.journal && !strings.Contains(left["intake.journal"], id) {
			t.Errorf("document %s was answered with 200 and is not in the intake journal", id)
		}
	}
	p.close()
	t.Logf("%d documents taken and found again, %d told to come later, after %s at the longest; taken again %s after the disk was mended; heap %.1f MiB when it broke, %.1f MiB after %d refusals",
		len(p.taken), p.later, p.slowest.Round(time.Millisecond), recovered.Round(time.Millisecond), mib(before), mib(after), rounds*atOnce)
	if grown := int64(after) - int64(before); grown > 8<<20 {
		t.Errorf("the heap grew by %.1f MiB", mib(uint64(grown)))
	}
}

func mib(bytes uint64) float64 { return float64(bytes) / (1 << 20) }
