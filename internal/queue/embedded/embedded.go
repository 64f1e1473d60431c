// Package embedded runs a NATS server with JetStream inside the process, for installations of one machine, the demo and
// the tests. It listens on no port unless asked to.
package embedded

import (
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"
)

// DefaultMaxPayload bounds a message. It is above the server's own 1 MiB so that ledgers of long orders fit, and at the
// 8 MiB above which NATS warns.
const DefaultMaxPayload = 8 << 20

// startTimeout bounds recovery of the store at start: 10 million documents were recovered in less.
const startTimeout = 5 * time.Minute

// Options says where the server keeps its data and who reaches it.
type Options struct {
	// Dir holds the streams. Empty: a temporary folder that Close removes.
	Dir string
	// SyncAlways makes an acknowledgement mean that the document is on disk, at about 5,000 documents a second. Without it
	// a power failure can lose what was acknowledged in the last two minutes.
	SyncAlways bool
	// Port on 127.0.0.1: -1 takes a free one, 0 listens on none, so that only Connect reaches the server.
	Port int
	// MaxPayload bounds a message in bytes; 0 means DefaultMaxPayload.
	MaxPayload int
	// Name of the server in NATS' own reports; empty: "counterpunch".
	Name string
	// Log takes what happens to the disk; the zero value is silent.
	Log zerolog.Logger
}

// Server is a running NATS server. When its disk fails it is started again as soon as the disk takes writes; connections
// made by Connect find it again by themselves.
type Server struct {
	options   *server.Options
	dir       string
	temporary bool
	log       zerolog.Logger

	mu  sync.Mutex
	now *server.Server // another one after the disk has failed

	closing chan struct{}
	end     sync.Once // closes closing
	watcher sync.WaitGroup
}

// Start starts the server and waits until it has recovered its store and accepts connections.
func Start(o Options) (*Server, error) {
	if o.MaxPayload == 0 {
		o.MaxPayload = DefaultMaxPayload
	}
	if o.MaxPayload < 0 || o.MaxPayload > math.MaxInt32 {
		return nil, fmt.Errorf("start embedded nats: max payload %d must be positive and below 2 GiB", o.MaxPayload)
	}
	if o.Name == "" {
		o.Name = "counterpunch"
	}
	e := &Server{dir: o.Dir, log: o.Log, closing: make(chan struct{})}
	if e.dir == "" {
		dir, err := os.MkdirTemp("", "counterpunch-nats-")
		if err != nil {
			return nil, fmt.Errorf("start embedded nats: make a folder for its data: %w", err)
		}
		e.dir, e.temporary = dir, true
	}
	e.options = &server.Options{
		ServerName: o.Name,
		JetStream:  true,
		StoreDir:   e.dir,
		SyncAlways: o.SyncAlways,
		MaxPayload: int32(o.MaxPayload),
		Host:       "127.0.0.1",
		Port:       o.Port,
		DontListen: o.Port == 0,
		NoSigs:     true, // signals belong to the program
		NoLog:      true,
	}
	if err := e.run(); err != nil {
		return nil, errors.Join(err, e.remove())
	}
	e.watcher.Go(e.watch)
	return e, nil
}

// run starts the NATS server and waits until it has recovered its store.
func (e *Server) run() error {
	s, err := server.NewServer(e.options.Clone())
	if err != nil {
		return fmt.Errorf("start embedded nats in %s: %w", e.dir, err)
	}
	s.Start()
	if !s.ReadyForConnections(startTimeout) || !s.JetStreamEnabled() {
		stop(s)
		return fmt.Errorf("start embedded nats in %s: it does not get ready; is the folder writable and not in use by another process?", e.dir)
	}
	if a, ok := s.Addr().(*net.TCPAddr); ok {
		e.options.Port = a.Port // the same when it is started again
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.now = s
	return nil
}

func (e *Server) current() *server.Server {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

// InProcessConn implements nats.InProcessConnProvider.
func (e *Server) InProcessConn() (net.Conn, error) { return e.current().InProcessConn() }

// reconnectWait is short: the server is in this process.
const reconnectWait = 100 * time.Millisecond

// Connect opens a connection that does not pass through the network. It reconnects for as long as the server lives.
func (e *Server) Connect(name string) (*nats.Conn, error) {
	nc, err := nats.Connect("", nats.Name(name), nats.InProcessServer(e), nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait),
		// A publish that waits in the client's buffer would be sent long after the supplier was told to come back.
		nats.ReconnectBufSize(-1))
	if err != nil {
		return nil, fmt.Errorf("connect %s to embedded nats: %w", name, err)
	}
	return nc, nil
}

// URL is the address to connect to, or "" when the server listens on no port.
func (e *Server) URL() string {
	if e.options.DontListen {
		return ""
	}
	return e.current().ClientURL()
}

// Dir is the folder that holds the streams.
func (e *Server) Dir() string { return e.dir }

// SyncAlways reports whether an acknowledgement means that the document is on disk.
func (e *Server) SyncAlways() bool { return e.options.SyncAlways }

// Close stops the server after it has written what it holds, and removes a temporary folder. Close the connections first. A
// second Close does nothing more.
func (e *Server) Close() error {
	e.end.Do(func() { close(e.closing) })
	e.watcher.Wait()
	stop(e.current())
	return e.remove()
}

func stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

func (e *Server) remove() error {
	if !e.temporary {
		return nil
	}
	if err := os.RemoveAll(e.dir); err != nil {
		return fmt.Errorf("remove the data of embedded nats: %w", err)
	}
	return nil
}
