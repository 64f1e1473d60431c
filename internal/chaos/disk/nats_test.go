//go:build linux

package disk_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// The folder and the port of the NATS server that a process of this program is.
const (
	natsFolder = "COUNTERPUNCH_DISK_NATS"
	natsPort   = "COUNTERPUNCH_DISK_NATS_PORT"
)

// serveNATS is a NATS server, in a process that startNATS started, until nobody holds the other end of its input.
func serveNATS() {
	dir := os.Getenv(natsFolder)
	if dir == "" {
		return
	}
	fail := func(err error) {
		fmt.Fprintln(os.Stderr, "nats:", err)
		os.Exit(1)
	}
	port, err := strconv.Atoi(os.Getenv(natsPort))
	if err != nil {
		fail(err)
	}
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, SyncAlways: true, MaxPayload: 8 << 20, NoSigs: true, NoLog: true,
	})
	if err != nil {
		fail(err)
	}
	s.Start()
	if !s.ReadyForConnections(time.Minute) {
		fail(fmt.Errorf("it does not get ready in %s", dir))
	}
	fmt.Println(s.ClientURL())
	_, _ = io.Copy(io.Discard, os.Stdin)
	s.Shutdown()
	s.WaitForShutdown()
	os.Exit(0)
}

// startNATS starts a NATS server as a process of its own and returns its address and how to stop it.
func startNATS(t *testing.T, dir, port string) (url string, stop func()) {
	t.Helper()
	p := exec.Command(os.Args[0])
	p.Env = append(os.Environ(), natsFolder+"="+dir, natsPort+"="+port)
	p.Stderr = os.Stderr
	in, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	if url, err = bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(url), func() {
		in.Close()
		if err := p.Wait(); err != nil {
			t.Error(err)
		}
	}
}
