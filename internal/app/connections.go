package app

import (
	"cmp"
	"fmt"
	"sync/atomic"

	"github.com/nats-io/nats.go"
)

// connections are those of a queue to NATS: what intake publishes must not wait behind what lanes receive.
type connections struct {
	intake, lanes *nats.Conn
	closing       atomic.Bool
	// lost tells of a connection that nobody here closed. The client opens a connection again that breaks, but not one that
	// the server refused twice, as after a change of its users: whoever runs this process has to start it again.
	lost chan error
}

// connectBoth opens both connections.
func connectBoth(connect func(part string) (*nats.Conn, error)) (*connections, error) {
	c := &connections{lost: make(chan error, 1)}
	var err error
	if c.intake, err = connect("intake"); err != nil {
		return nil, err
	}
	if c.lanes, err = connect("lanes"); err != nil {
		c.intake.Close()
		return nil, err
	}
	for _, nc := range []*nats.Conn{c.intake, c.lanes} {
		nc.SetClosedHandler(c.closed)
		if nc.IsClosed() { // before it had the handler
			c.closed(nc)
		}
	}
	return c, nil
}

// closed is called when a connection is closed for good, by whomever.
func (c *connections) closed(nc *nats.Conn) {
	if c.closing.Load() {
		return
	}
	select {
	case c.lost <- fmt.Errorf("the connection %s to nats is closed and will not be opened again: %w; see that the server takes nats.credentials, then start again", nc.Opts.Name, cmp.Or(nc.LastError(), nats.ErrConnectionClosed)):
	default: // the other one was lost too, for the same reason
	}
}

// close closes both.
func (c *connections) close() {
	c.closing.Store(true)
	c.lanes.Close()
	c.intake.Close()
}
