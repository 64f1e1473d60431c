package intake

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"counterpunch/internal/cxml"
)

func TestTheSameDocumentFromEverywhereAtOnceIsOneEvent(t *testing.T) {
	const senders = 32
	w := startWorld(t)
	replies := make([]reply, senders)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range replies {
		wg.Go(func() {
			<-start
			r, err := w.try(http.MethodPost, "/cxml", paper{}.String(), "Content-Type", "text/xml")
			if err != nil {
				t.Error(err)
			}
			replies[i] = r
		})
	}
	close(start)
	wg.Wait()
	for i, r := range replies {
		if r.code != 200 || r.id == "" || r.text != replies[0].text || r.header.Get("Location") != replies[0].header.Get("Location") {
			t.Errorf("answer %d differs: %d %q", i, r.code, r.text)
		}
	}
	if n := w.stored(); n != 1 {
		t.Errorf("%d events are stored", n)
	}
}

func TestAPayloadIDNamesADocumentUnlessTheContentDoes(t *testing.T) {
	w := startWorld(t, func(s *setup) { s.suppliers[1].ByContent = true })
	for _, c := range []struct {
		supplier string
		code     int // of another document with the same payloadID
	}{{"acme", 409}, {"globex", 200}} {
		first := w.post(paper{supplier: c.supplier}.String())
		other := w.post(paper{supplier: c.supplier, number: "OC-2"}.String())
		if first.code != 200 || other.code != c.code || c.code == 200 && other.id == first.id {
			t.Errorf("%s: %d and %d %s", c.supplier, first.code, other.code, other.text)
		}
		if again := w.post(paper{supplier: c.supplier}.String()); again.id != first.id {
			t.Errorf("%s: a resend is another document", c.supplier)
		}
	}
	one, two := w.post(paper{supplier: "globex"}.String()), w.post(paper{supplier: "globex", payloadID: "p-2"}.String())
	if one.id != two.id {
		t.Error("the same content under two payloadIDs is two documents")
	}
	e, _, err := w.queue.Find(w.ctx, one.id)
	if err != nil || e.PayloadID != "p-1@acme.example" {
		t.Errorf("the event has the payloadID %q: %v", e.PayloadID, err)
	}
}

func TestANumberUsedAgainIsPointedOut(t *testing.T) {
	w := startWorld(t)
	first := w.post(paper{}.String())
	const code = "was sent before as new"
	for _, c := range []struct {
		name  string
		paper paper
		warns bool
	}{
		{"the same document again", paper{}, false},
		{"another with the number", paper{payloadID: "p-2", comments: "changed"}, true},
		{"that one again", paper{payloadID: "p-2", comments: "changed"}, true},
		{"an update", paper{payloadID: "p-3", operation: "update"}, false},
		{"another number", paper{payloadID: "p-4", number: "OC-2"}, false},
		{"another supplier's", paper{payloadID: "p-5", supplier: "globex"}, false},
	} {
		r := w.post(c.paper.String())
		if r.code != 200 || strings.Contains(r.text, code) != c.warns {
			t.Errorf("%s: %d %s", c.name, r.code, r.text)
		}
		if c.warns && !strings.Contains(r.text, "document "+first.id) {
			t.Errorf("%s: the earlier document is not named: %s", c.name, r.text)
		}
	}
}

func TestTestDocumentsAreAnsweredWithEveryFindingAndNotStored(t *testing.T) {
	w := startWorld(t)
	r := w.post(paper{mode: cxml.Test, comments: "<Attachment><URL>cid:gone</URL></Attachment>"}.String())
	if r.code != 200 || r.id != "" || !strings.Contains(r.text, "Test document") || !strings.Contains(r.text, "warning: line 9") {
		t.Errorf("%d, id %q: %s", r.code, r.id, r.text)
	}
	broken := strings.NewReplacer(`noticeDate="`, `noticeDate="soon `, "</ConfirmationRequest>", "<Bogus/></ConfirmationRequest>").Replace(paper{mode: cxml.Test}.String())
	r = w.post(broken)
	if r.code != 400 || !strings.Contains(r.text, "noticeDate") || !strings.Contains(r.text, "warning:") {
		t.Errorf("a refused test document is answered without all findings: %d %s", r.code, r.text)
	}
	if n := w.stored(); n != 0 {
		t.Errorf("%d events are stored", n)
	}
}

func TestAProfileIsAnswered(t *testing.T) {
	w := startWorld(t)
	doc := paper{}.String()
	from, to := strings.Index(doc, "<ConfirmationRequest>"), strings.Index(doc, "</ConfirmationRequest>")
	r := w.post(doc[:from]+"<ProfileRequest/>"+doc[to+len("</ConfirmationRequest>"):], "Content-Type", "text/xml")
	if r.code != 200 || !strings.Contains(string(r.body), `requestName="InvoiceDetailRequest"`) || !strings.Contains(string(r.body), w.http.URL+"/cxml") {
		t.Errorf("%s", r.body)
	}
}

// Whatever is wrong, the answer is cXML, and a 560 says when to come back.
func TestEveryAnswerIsCXML(t *testing.T) {
	w := startWorld(t, func(s *setup) { s.suppliers[1].HTTPStatus = true })
	for _, c := range []struct {
		name, method, at, body string
		code, status           int
		allow                  string
	}{
		{"refused", "POST", "/cxml", paper{secret: "wrong"}.String(), 401, 200, ""},
		{"refused, with HTTP status", "POST", "/cxml", paper{supplier: "globex", operation: "sideways"}.String(), 400, 400, ""},
		{"wrong secret never has one", "POST", "/cxml", paper{supplier: "globex", secret: "wrong"}.String(), 401, 200, ""},
		{"no XML", "POST", "/cxml", "{}", 406, 200, ""},
		{"nothing", "POST", "/cxml", "", 406, 200, ""},
		{"oversize", "POST", "/cxml", strings.Repeat("x", 1<<20+1), 400, 200, ""},
		{"slash too many", "POST", "//cxml/", paper{}.String(), 200, 200, ""},
		{"account in the path", "POST", "/cxml/main", paper{}.String(), 200, 200, ""},
		{"another's account in the path", "POST", "/cxml/other", paper{}.String(), 403, 200, ""},
		{"wrong path", "POST", "/", paper{}.String(), 400, 200, ""},
		{"wrong method", "PUT", "/cxml", paper{}.String(), 400, 405, "POST, OPTIONS"},
		{"looked at", "GET", "/cxml", "", 400, 405, "POST, OPTIONS"},
		{"looked at elsewhere", "GET", "/favicon.ico", "", 400, 404, ""},
		{"status by another method", "DELETE", "/documents/x", "", 400, 405, "GET, HEAD, OPTIONS"},
	} {
		r := w.send(c.method, c.at, c.body, "Content-Type", "text/xml")
		if r.code != c.code || r.status != c.status || r.header.Get("Allow") != c.allow || r.header.Get("Content-Type") != "text/xml; charset=UTF-8" {
			t.Errorf("%s: HTTP %d %v: %s, want %d and HTTP %d", c.name, r.status, r.header, r.body, c.code, c.status)
		}
	}
	for _, method := range []string{"HEAD", "OPTIONS"} {
		for _, at := range []string{"/cxml", "/cxml/main", "/documents/x", "/"} {
			if r := w.send(method, at, ""); len(r.body) != 0 || r.status >= 500 {
				t.Errorf("%s %s: HTTP %d with %q", method, at, r.status, r.body)
			}
		}
	}
	if n := w.stored(); n != 1 {
		t.Errorf("%d events are stored, want the one document", n)
	}
}

func TestComeBackLaterSaysWhen(t *testing.T) {
	for _, c := range []struct {
		name  string
		setup func(*setup)
		then  func(*world)
	}{
		{"shutting down", nil, func(w *world) { w.handler.Refuse() }},
		{"address too often", func(s *setup) { s.Limits.AddressRate, s.Limits.AddressBurst = rate.Every(time.Hour), 1 }, func(w *world) { w.post("") }},
		{"supplier too often", func(s *setup) { s.suppliers[1].Rate, s.suppliers[1].Burst = 1e-6, 1 }, func(w *world) { w.post(paper{supplier: "globex"}.String()) }},
		{"no place to parse", func(s *setup) { s.Limits.Parses, s.Limits.Waiting = 1, 0 }, func(w *world) {
			w.handler.parses.enter(nil, time.Minute)
			w.t.Cleanup(w.handler.parses.leave)
		}},
		{"no memory", func(s *setup) { s.Limits.Memory = 300 }, func(*world) {}},
		{"no time to parse", func(s *setup) { s.Limits.XML.Time = time.Nanosecond }, func(*world) {}},
		{"a panic", nil, func(w *world) { w.handler.Directory = nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := startWorld(t, func(s *setup) {
				s.suppliers[1].HTTPStatus = true
				if c.setup != nil {
					c.setup(s)
				}
			})
			before := w.stored()
			c.then(w)
			between := w.stored()
			r := w.post(paper{supplier: "globex", payloadID: "p-9"}.String())
			if r.code != 560 || r.header.Get("Retry-After") != "60" || w.stored() != between {
				t.Errorf("HTTP %d, Retry-After %q, %d documents before and %d after: %s", r.status, r.header.Get("Retry-After"), before, w.stored(), r.body)
			}
			if want := map[bool]int{true: 503, false: 200}[c.name == "supplier too often"]; r.status != want {
				t.Errorf("HTTP %d, want %d", r.status, want)
			}
		})
	}
}

// dial opens a bare connection to the endpoint.
func (w *world) dial() (net.Conn, *bufio.Reader) {
	w.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(w.http.URL, "http://"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	return c, bufio.NewReader(c)
}

func answerOn(t *testing.T, r *bufio.Reader) (reply, string) {
	t.Helper()
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return readReply(body), resp.Proto
}

func TestOldSendersAreTaken(t *testing.T) {
	w := startWorld(t)
	t.Run("HTTP/1.0", func(t *testing.T) {
		c, r := w.dial()
		doc := paper{}.String()
		fmt.Fprintf(c, "POST /cxml HTTP/1.0\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s", len(doc), doc)
		if got, _ := answerOn(t, r); got.code != 200 {
			t.Errorf("%s", got.body)
		}
	})
	t.Run("Expect: 100-continue", func(t *testing.T) {
		c, r := w.dial()
		doc := paper{}.String()
		fmt.Fprintf(c, "POST /cxml HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(doc))
		if line, err := r.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
			t.Fatalf("%q %v", line, err)
		}
		if _, err := r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(c, doc)
		if got, _ := answerOn(t, r); got.code != 200 {
			t.Errorf("%s", got.body)
		}
	})
	t.Run("chunks, without a length", func(t *testing.T) {
		c, r := w.dial()
		fmt.Fprint(c, "POST /cxml HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
		for half := range slices.Chunk([]byte(paper{}.String()), 200) {
			fmt.Fprintf(c, "%x\r\n%s\r\n", len(half), half)
		}
		fmt.Fprint(c, "0\r\n\r\n")
		if got, _ := answerOn(t, r); got.code != 200 {
			t.Errorf("%s", got.body)
		}
	})
}

func TestASlowBodyKeepsNobodyWaitingAndIsToldToComeBack(t *testing.T) {
	w := startWorld(t, func(s *setup) {
		s.Limits.Parses, s.Limits.Waiting = 1, 0
		s.Limits.BodyTime, s.Limits.BodyRate = 2*time.Second, 1<<20
	})
	c, r := w.dial()
	fmt.Fprintf(c, "POST /cxml HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n<cXML")
	if got := w.post(paper{}.String()); got.code != 200 {
		t.Errorf("a quick document waited for the slow one: %s", got.body)
	}
	got, _ := answerOn(t, r)
	if got.code != 560 || !strings.Contains(got.text, "did not arrive whole") {
		t.Errorf("%s", got.body)
	}
}

// deadlines notes what a reader asks of its connection.
type deadlines struct {
	http.ResponseWriter
	set []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

func TestALargeBodyGetsTimeByWhatHasArrived(t *testing.T) {
	conn := &deadlines{}
	started := time.Unix(1000, 0)
	p := &pacedReader{
		r: struct{ io.Reader }{strings.NewReader(strings.Repeat("x", 250))}, control: http.NewResponseController(conn), started: started,
		lim: Limits{BodyTime: 10 * time.Second, BodyRate: 100}, held: &loan{from: new(memory)},
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, p, make([]byte, 50)); err != nil {
		t.Fatal(err)
	}
	var after []time.Duration
	for _, d := range conn.set {
		after = append(after, d.Sub(started))
	}
	if want := []time.Duration{10 * time.Second, 11 * time.Second, 12 * time.Second}; !slices.Equal(after, want) {
		t.Errorf("the deadlines are %v after the start, want %v", after, want)
	}
	if p.held.bytes != 250 {
		t.Errorf("%d bytes are counted as held", p.held.bytes)
	}
}

func TestAnswersNameThePublicAddress(t *testing.T) {
	w := startWorld(t, func(s *setup) { s.PublicURL = "https://cxml.buyer.example/" })
	r := w.post(paper{}.String())
	if !strings.Contains(r.text, "GET https://cxml.buyer.example"+r.header.Get("Location")) {
		t.Errorf("%s, Location %s", r.text, r.header.Get("Location"))
	}
}
