package demo_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"counterpunch/fixtures"
	"counterpunch/internal/app"
	"counterpunch/internal/config"
	"counterpunch/internal/demo"
	"counterpunch/internal/demo/demotest"
)

// worldVariable makes the test binary serve a World instead of testing, so that its memory can be measured from outside.
const worldVariable = "COUNTERPUNCH_TEST_WORLD"

// The load of TestMemoryStaysBounded, and what it may cost.
const (
	connections = 32
	rounds      = 3
	mostMemory  = 300 << 20
)

// serveWorld is the other process of TestMemoryStaysBounded: it says where it listens and serves until its standard input
// ends.
func serveWorld() {
	if os.Getenv(worldVariable) == "" {
		return
	}
	err := func() error {
		w, err := demo.Open(context.Background(), demo.Options{Orders: fixtures.Orders(), Change: func(c *config.Config) {
			demotest.Unhurried(c)
			c.Ingest.Limits.Parses = 2
		}})
		if err != nil {
			return err
		}
		app.LimitMemory(w.Config.Ingest.Limits)
		fmt.Printf("listening on %s\n", w.Addresses().Suppliers)
		_, _ = io.Copy(io.Discard, os.Stdin)
		return w.Close()
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// TestMemoryStaysBounded posts the most expensive documents that the limits allow over 32 connections at once, and asks the
// kernel how much memory the process took at its peak.
func TestMemoryStaysBounded(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the peak is read from /proc")
	}
	if testing.Short() {
		t.Skip("it posts 500 MB")
	}
	endpoint, pid := otherWorld(t, unraced(t))
	idle := peak(t, pid)
	costly := costlyRequests()
	codes := map[string]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	started := time.Now()
	for n := range connections {
		wg.Go(func() {
			for i := range rounds {
				r := costly[(n+i)%len(costly)]
				got, err := r.send(endpoint)
				if err != nil {
					t.Errorf("%s: %v", r.name, err)
				}
				mu.Lock()
				codes[got.String()]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	most := peak(t, pid)
	t.Logf("%d documents over %d connections in %s: answers %v; peak of resident memory %d MB, %d MB before", connections*rounds, connections, time.Since(started).Round(time.Millisecond), codes, most>>20, idle>>20)
	if bound := mostMemory + lag; most > bound {
		t.Errorf("the process took %d MB, the bound is %d MB", most>>20, bound>>20)
	}
	if got, err := (request{body: letter(">none<", ">afterwards<")}).send(endpoint); err != nil || got.code != 200 {
		t.Errorf("an honest document afterwards: %s, %v", got, err)
	}
}

// costlyRequests are as large as requests may be, each in its own way.
func costlyRequests() []attack {
	const size = 5<<20 - 4096
	full := func(unit string) string { return strings.Repeat(unit, size/len(unit)) }
	x := func(name, instead, with string) attack {
		return attack{name: name, request: request{body: letter(instead, with)}}
	}
	unpacked := 8<<20 - 4096
	return []attack{
		x("5,000 lines", letterItem, strings.Repeat(letterItem, 5_000)),
		x("elements", ">none<", ">"+strings.Repeat("<a/>", 240_000)+"<"),
		x("elements with attributes", ">none<", ">"+strings.Repeat("<a b='' c='' d=''/>", 240_000)+"<"),
		x("brackets", ">none<", ">"+full("<")+"<"),
		x("short texts", ">none<", ">"+strings.Repeat("<a>b</a>", 240_000)+"<"),
		x("comments", ">none<", ">"+full("<!---->")+"<"),
		x("references", ">none<", ">"+full("&lt;a")+"<"),
		x("quoted secrets", ">none<", ">"+full("&lt;SharedSecret&gt;a")+"<"),
		x("open tags", ">none<", ">"+full("<a>")+"<"),
		{name: "Latin-1", request: request{body: []byte(strings.Replace(string(letter(">none<", ">"+full("\xe9")+"<")), `"UTF-8"`, `"ISO-8859-1"`, 1))}},
		{name: "UTF-16", request: request{body: utf16Of(letter(">none<", ">"+strings.Repeat("<a/>", 240_000)+"<"), true, true)}},
		{name: "gzip", request: request{encoding: "gzip", body: zipped(letter(">none<", ">"+strings.Repeat("<a b='' c='' d='' e='' f=''/>", unpacked/29)+"<"))}},
		{name: "gzip bomb", request: request{encoding: "gzip", body: zipped(bytes.Repeat([]byte("<a>"), 20<<20))}},
		{name: "attachments", request: attached("")},
		{name: "attachments in gzip", request: attached("gzip")},
		{name: "parts", request: request{contentType: "multipart/related; boundary=b", body: []byte(strings.Repeat("--b\r\n\r\n"+strings.Repeat("a", 64<<10)+"\r\n", size/(64<<10)-1) + "--b--")}},
	}
}

// attached is a document with as many bytes of files as a message may have, in base64, which a sender may compress.
func attached(encoding string) request {
	const file = 9 << 20
	random := make([]byte, file)
	_, _ = rand.NewChaCha8([32]byte{}).Read(random)
	var b bytes.Buffer
	fmt.Fprintf(&b, "--b\r\nContent-Type: text/xml\r\n\r\n%s\r\n", letter(">none<", ">see the files<"))
	for n := range 2 {
		fmt.Fprintf(&b, "--b\r\nContent-Type: application/pdf\r\nContent-ID: <%d>\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n", n, base64.StdEncoding.EncodeToString(random))
	}
	b.WriteString("--b--\r\n")
	r := request{contentType: "multipart/related; boundary=b", encoding: encoding, body: b.Bytes()}
	if encoding != "" {
		r.body = zipped(r.body)
	}
	return r
}

// unraced returns the path of this test's program without the race detector, which takes memory of its own.
func unraced(t *testing.T) string {
	t.Helper()
	if !raced {
		return os.Args[0]
	}
	program := filepath.Join(t.TempDir(), "demo.test")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-trimpath", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as make build does, whose results are used again
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program without the race detector: %v: %s", err, out)
	}
	return program
}

// otherWorld starts a process that serves a World and returns its endpoint and process id.
func otherWorld(t *testing.T, program string) (endpoint string, pid int) {
	t.Helper()
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), worldVariable+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	t.Cleanup(func() {
		_ = in.Close() // which ends it
		for lines.Scan() {
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the other process: %v", err)
		}
	})
	for lines.Scan() {
		if endpoint, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			return endpoint, cmd.Process.Pid
		}
	}
	t.Fatal("the other process did not say where it listens")
	return "", 0
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// peak returns the most memory that a process had at any time, in bytes.
func peak(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	m := highWater.FindSubmatch(status)
	if m == nil {
		t.Fatal("there is no VmHWM in the status of the process")
	}
	kilobytes, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}
