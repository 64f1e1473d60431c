package demo_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"counterpunch/fixtures/fixturetest"
	"counterpunch/internal/demo"
	"counterpunch/internal/demo/demotest"
	"counterpunch/internal/testkit/material"
)

// attack is one hostile or broken request and the cXML code that it must get.
type attack struct {
	name string
	code int
	// why says why a 200 is right, or another code than one of 4xx.
	why string
	request
}

// request is sent by an HTTP client, or byte for byte when raw is set.
type request struct {
	method, path, contentType, encoding string
	header                              http.Header
	body                                []byte
	raw                                 []byte
	// http allows an answer without cXML: the HTTP server refuses what is no HTTP before the intake sees it.
	http bool
}

// patience is how long an answer may take, on a busy machine with the race detector too.
const patience = time.Minute

// TestAttacksAreRefusedAndLeaveNothing posts every attack to a running installation. Each gets its answer in time, in
// valid cXML; nothing is stored of what was refused, nothing changes in NetSuite, no address in a document is visited,
// the log stays one JSON object a line, and an honest document is taken afterwards.
func TestAttacksAreRefusedAndLeaveNothing(t *testing.T) {
	trap := newTrap(t)
	var log bytes.Buffer
	w := demotest.Open(t, demo.Options{Change: unstressed, Log: zerolog.New(zerolog.SyncWriter(&log))})
	sequence := inbound(t, w)
	mark := w.NetSuite.Mark()
	table := tabwriter.NewWriter(t.Output(), 0, 0, 1, ' ', 0)
	fmt.Fprintln(table, "attack\tanswer\tms\twhy")
	all := slices.Concat(xmlAttacks(trap.url), charsetAttacks(), httpAttacks(), multipartAttacks(), senderAttacks(), routeAttacks(), contentAttacks())
	refused, slowest := 0, time.Duration(0)
	seen := map[string]bool{}
	var answers [][]byte
	for _, a := range all {
		if seen[a.name] {
			t.Errorf("two attacks are called %q", a.name)
		}
		seen[a.name] = true
		before := sequence()
		started := time.Now()
		got, err := a.send(w.Addresses().Suppliers)
		took := time.Since(started)
		slowest = max(slowest, took)
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", a.name, got, took.Milliseconds(), a.why)
		switch {
		case err != nil:
			t.Errorf("%s: %v", a.name, err)
		case got.code != a.code:
			t.Errorf("%s: answer %s, want %d: %.300s", a.name, got, a.code, got.text)
		case (a.code < 400 || a.code >= 500) && a.why == "":
			t.Errorf("%s: nobody says why %d is right", a.name, a.code)
		}
		if took > patience {
			t.Errorf("%s: the answer took %s", a.name, took)
		}
		if got.code != 200 {
			refused++
		}
		if got.body != nil {
			answers = append(answers, got.body)
		}
		mustStore(t, w, a.name, got, sequence()-before)
	}
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d attacks: %d refused, %d taken for a stated reason; slowest answer %s", len(all), refused, len(all)-refused, slowest.Round(time.Millisecond))
	if effects := w.NetSuite.Effects(mark); len(effects) > 0 {
		t.Errorf("attacks changed NetSuite: %q", effects)
	}
	if n := trap.visits.Load(); n > 0 {
		t.Errorf("addresses in documents were visited %d times", n)
	}
	if got, err := w.Post(t.Context(), "text/xml", fixturetest.All(t)[0].Body); err != nil || got.Code != 200 {
		t.Errorf("an honest document afterwards: %d %s, %v", got.Code, got.Text, err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	mustBeLinesOfJSON(t, log.Bytes())
	mustBeValid(t, answers)
}

// mustBeValid holds answers against the DTD, where it and xmllint are present.
func mustBeValid(t *testing.T, answers [][]byte) {
	t.Helper()
	xmllint, err := exec.LookPath("xmllint")
	dtd := material.FindDTD()
	if err != nil || dtd == "" {
		t.Log("the answers are not held against the DTD: xmllint or the DTDs are not there")
		return
	}
	dir := t.TempDir()
	args := []string{"--noout", "--nonet", "--dtdvalid", filepath.Join(dtd, "cXML.dtd")}
	for i, body := range answers {
		args = append(args, filepath.Join(dir, fmt.Sprintf("%d.xml", i)))
		if err := os.WriteFile(args[len(args)-1], body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), xmllint, args...).CombinedOutput(); err != nil {
		t.Errorf("answers are not valid by the DTD: %v: %.1000s", err, out)
	}
	t.Logf("%d answers are valid by the DTD", len(answers))
}

// mustStore fails the test unless a document was stored when its id was answered, once, and nothing else was. It waits
// until the document has come to rest.
func mustStore(t *testing.T, w *demo.World, name string, got reply, moved uint64) {
	t.Helper()
	want := uint64(0)
	if got.id != "" {
		want = 1
	}
	if moved != want {
		t.Errorf("%s: %d messages were stored, want %d (answer %s)", name, moved, want, got)
	}
	if got.code != 200 && got.id != "" {
		t.Errorf("%s: refused, and has the document id %s", name, got.id)
	}
	if got.id != "" {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := w.Rest(ctx, got.id); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// reply is what came back.
type reply struct {
	code int    // of cXML; 0 when there is none
	http int    // status; 0 when the connection was closed
	id   string // of the document
	text string
	body []byte // the answer as it is, when it is cXML
}

func (r reply) String() string {
	if r.code == 0 {
		return fmt.Sprintf("HTTP %d", r.http)
	}
	return fmt.Sprint(r.code)
}

// send sends the request to the suppliers' endpoint and reads the answer.
func (r request) send(endpoint string) (reply, error) {
	if r.raw != nil {
		return r.sendRaw(endpoint)
	}
	method := http.MethodPost
	if r.method != "" {
		method = r.method
	}
	req, err := http.NewRequest(method, strings.TrimSuffix(endpoint, "/cxml"), bytes.NewReader(r.body))
	if err != nil {
		return reply{}, err
	}
	req.URL.Path, req.URL.RawPath = "/cxml", ""
	if r.path != "" {
		req.URL.Opaque = "//" + req.URL.Host + r.path // as it stands, not tidied up
	}
	req.Header = http.Header{"Content-Type": {"text/xml"}}
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	if r.encoding != "" {
		req.Header.Set("Content-Encoding", r.encoding)
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport, Timeout: 2 * patience, CheckRedirect: stay}).Do(req)
	if err != nil {
		return reply{}, err
	}
	return r.read(resp)
}

// stay makes a client show a redirect instead of following it.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func (r request) sendRaw(endpoint string) (reply, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(strings.TrimSuffix(endpoint, "/cxml"), "http://"))
	if err != nil {
		return reply{}, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return reply{}, err
	}
	// The server may answer before it has read all, and close: what cannot be written any more is no error.
	_, _ = conn.Write(r.raw)
	_ = conn.(*net.TCPConn).CloseWrite()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		if r.http {
			return reply{}, nil // closed without a word
		}
		return reply{}, fmt.Errorf("read the answer: %w", err)
	}
	return r.read(resp)
}

func (r request) read(resp *http.Response) (reply, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return reply{http: resp.StatusCode}, fmt.Errorf("read the answer: %w", err)
	}
	got, err := readReply(body)
	got.http = resp.StatusCode
	if err != nil && r.http && resp.StatusCode >= 400 {
		return reply{http: resp.StatusCode}, nil
	}
	if location, _, _ := strings.Cut(resp.Header.Get("Location"), "?"); location != "" {
		got.id = path.Base(location)
	}
	return got, err
}

// readReply reads a cXML answer with another reader than the project's.
func readReply(body []byte) (reply, error) {
	var answer struct {
		XMLName   xml.Name `xml:"cXML"`
		PayloadID string   `xml:"payloadID,attr"`
		Timestamp string   `xml:"timestamp,attr"`
		Status    struct {
			Code int    `xml:"code,attr"`
			Text string `xml:"text,attr"`
			Body string `xml:",chardata"`
		} `xml:"Response>Status"`
	}
	if err := xml.Unmarshal(body, &answer); err != nil {
		return reply{}, fmt.Errorf("the answer is no cXML: %w: %.200q", err, body)
	}
	if answer.PayloadID == "" || answer.Timestamp == "" || answer.Status.Text == "" || answer.Status.Code == 0 {
		return reply{}, fmt.Errorf("the answer is incomplete cXML: %.400q", body)
	}
	return reply{code: answer.Status.Code, text: answer.Status.Body, body: body}, nil
}

// inbound returns a function that tells the last sequence of INBOUND.
func inbound(t *testing.T, w *demo.World) func() uint64 {
	t.Helper()
	nc, err := nats.Connect(w.Addresses().NATS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return func() uint64 {
		stream, err := js.Stream(t.Context(), "INBOUND")
		if err != nil {
			t.Fatal(err)
		}
		return stream.CachedInfo().State.LastSeq
	}
}

// trap is an address that nobody must visit.
type trap struct {
	url    string
	visits atomic.Int64
}

func newTrap(t *testing.T) *trap {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tr := &trap{url: "http://" + listener.Addr().String()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			tr.visits.Add(1)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return tr
}

// mustBeLinesOfJSON fails the test unless every line of a log is one JSON object without control characters.
func mustBeLinesOfJSON(t *testing.T, log []byte) {
	t.Helper()
	lines := 0
	for line := range bytes.Lines(log) {
		lines++
		line = bytes.TrimSuffix(line, []byte("\n"))
		if !json.Valid(line) || line[0] != '{' {
			t.Errorf("a line of the log is no JSON object: %.300q", line)
		}
		for _, r := range string(line) {
			if r < ' ' || r >= 0x7f && r <= 0x9f || r == '\u2028' || r == '\u2029' {
				t.Errorf("the character %U is in the log: %.300q", r, line)
			}
		}
	}
	if lines == 0 {
		t.Error("nothing was logged")
	}
}
