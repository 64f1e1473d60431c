// Package proxy stands between a client and a server of a test and disturbs what the server says, as networks do.
package proxy

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// Proxy passes on what clients say. What the server says it passes on, holds back or swallows.
type Proxy struct {
	listener net.Listener
	gate     sync.RWMutex // locked while answers wait
	held     atomic.Bool
	deaf     atomic.Bool

	mu    sync.Mutex
	conns []net.Conn

	wg sync.WaitGroup
}

// Start starts a proxy to the server at an address, host and port, until the test ends.
func Start(t testing.TB, server string) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{listener: l}
	p.wg.Go(func() { p.accept(server) })
	t.Cleanup(func() {
		l.Close()
		p.Cut()
		p.Release()
		p.wg.Wait()
	})
	return p
}

// Addr is where clients connect to, host and port.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Hold lets what the server says wait until Release, or the end of the test.
func (p *Proxy) Hold() {
	p.gate.Lock()
	p.held.Store(true)
}

// Release passes on what Hold has kept.
func (p *Proxy) Release() {
	if p.held.CompareAndSwap(true, false) {
		p.gate.Unlock()
	}
}

// Swallow loses what the server says from now on, or no longer.
func (p *Proxy) Swallow(on bool) { p.deaf.Store(on) }

// Cut ends all connections, so that clients make new ones.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

func (p *Proxy) accept(server string) {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", server)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, far)
		p.mu.Unlock()
		p.wg.Go(func() {
			_, _ = io.Copy(far, client) // until either end is closed
			far.Close()
		})
		p.wg.Go(func() { p.answer(client, far) })
	}
}

// answer passes on what the server says, as far as it may come through.
func (p *Proxy) answer(client, server net.Conn) {
	defer client.Close()
	buf := make([]byte, 32<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		if p.deaf.Load() {
			continue
		}
		p.gate.RLock()
		_, err = client.Write(buf[:n])
		p.gate.RUnlock()
		if err != nil {
			return
		}
	}
}
