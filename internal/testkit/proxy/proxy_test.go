package proxy_test

import (
	"bufio"
	"io"
	"net"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"counterpunch/internal/testkit/proxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// startEcho starts a server that says again what it is told, and notes it.
func startEcho(t *testing.T) (addr string, told <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 10)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				in := bufio.NewReader(c)
				for line, err := in.ReadString('\n'); err == nil; line, err = in.ReadString('\n') {
					lines <- line
					_, _ = io.WriteString(c, line) // the client may be gone
				}
			})
		}
	})
	t.Cleanup(func() { l.Close(); all.Wait() })
	return l.Addr().String(), lines
}

// client is a connection that a test speaks over.
type client struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

func dial(t *testing.T, p *proxy.Proxy) *client {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &client{t, c, bufio.NewReader(c)}
}

func (c *client) say(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c.conn, line); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) hears(want string) {
	c.t.Helper()
	if got, err := c.in.ReadString('\n'); got != want || err != nil {
		c.t.Errorf("heard %q, %v; want %q", got, err, want)
	}
}

func TestWhatTheServerSaysIsHeldSwallowedAndCut(t *testing.T) {
	addr, told := startEcho(t)
	p := proxy.Start(t, addr)
	c := dial(t, p)
	c.say("one\n")
	c.hears("one\n")
	p.Hold()
	c.say("two\n")
	for _, want := range []string{"one\n", "two\n"} {
		if got := <-told; got != want {
			t.Errorf("the server was told %q, want %q", got, want)
		}
	}
	p.Release()
	c.hears("two\n")
	p.Swallow(true)
	c.say("three\n")
	<-told
	p.Cut()
	if line, err := c.in.ReadString('\n'); err == nil {
		t.Errorf("heard %q", line)
	}
	p.Swallow(false)
	again := dial(t, p)
	again.say("four\n")
	again.hears("four\n")
	p.Hold() // the end of the test does not wait for it
	again.say("five\n")
	for range 2 {
		<-told
	}
}
