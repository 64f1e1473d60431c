package intake

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"counterpunch/internal/cxml"
	"counterpunch/internal/partner"
	"counterpunch/internal/queue"
	"counterpunch/internal/queue/embedded"
	"counterpunch/internal/queue/embedded/embeddedtest"
	"counterpunch/internal/secret"
	"counterpunch/internal/telemetry"
)

func TestMain(m *testing.M) { embeddedtest.VerifyMain(m) }

// world is a handler over a JetStream of its own, and what a test looks at.
type world struct {
	t       testing.TB
	ctx     context.Context
	server  *embedded.Server
	queue   *queue.Queue
	handler *Handler
	http    *httptest.Server
	journal string // path
	log     *bytes.Buffer
}

// setup is what a test may change before its world starts.
type setup struct {
	Options
	suppliers []partner.Supplier
	accounts  []partner.Account
	queue     queue.Options
	intake    func(*world) *nats.Conn // nil: a connection within the process

	server embedded.Options
}

func startWorld(t testing.TB, change ...func(*setup)) *world {
	t.Helper()
	w := &world{t: t, journal: filepath.Join(t.TempDir(), "intake.journal"), log: new(bytes.Buffer)}
	s := w.setup()
	s.server = embedded.Options{Dir: t.TempDir(), Port: -1}
	for _, c := range change {
		c(s)
	}
	w.server = embeddedtest.Start(t, s.server)
	var cancel context.CancelFunc
	w.ctx, cancel = context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	if s.intake == nil {
		s.intake = (*world).connect
	}
	w.queue = w.open(s.intake(w), s.queue)
	w.serve(s)
	return w
}

// setup returns a world's usual settings: two suppliers, one account, everything small and fast.
func (w *world) setup() *setup {
	supplier := func(name, duns string) partner.Supplier {
		return partner.Supplier{
			Name: name, Vendors: map[string][]string{"main": {"501"}},
			Credentials: []partner.SupplierCredential{{Identity: partner.Identity{Domain: "DUNS", Identity: duns}, Secrets: []secret.Value{secret.New(name + "-secret")}}},
		}
	}
	return &setup{
		suppliers: []partner.Supplier{supplier("acme", "111111111"), supplier("globex", "222222222")},
		accounts:  []partner.Account{{Name: "main", Buyer: []partner.Identity{{Domain: "NetworkID", Identity: "AN01000000001"}}}},
		queue:     queue.Options{PublishTimeout: 30 * time.Second},
		Options: Options{
			PublishTimeout: 30 * time.Second, Log: zerolog.New(zerolog.SyncWriter(w.log)),
			Limits: Limits{
				Body: 1 << 20, Inflated: 2 << 20, Parses: 2, Waiting: 100, Parts: 8, Attachment: 64 << 10, Attachments: 128 << 10,
				BodyTime: 10 * time.Second, BodyRate: 64 << 10,
			},
		},
	}
}

// serve opens the endpoint over the world's queue.
func (w *world) serve(s *setup) {
	w.t.Helper()
	var err error
	o := s.Options
	if o.Directory, err = partner.NewDirectory(s.suppliers, s.accounts); err != nil {
		w.t.Fatal(err)
	}
	o.Queue, o.Metrics = w.queue, telemetry.NewIntake(telemetry.NewRegistry("ingest"), o.Directory.Suppliers())
	if o.Journal == nil {
		if o.Journal, err = OpenJournal(w.journal); err != nil {
			w.t.Fatal(err)
		}
		journal := o.Journal
		w.t.Cleanup(func() { _ = journal.Close() })
	}
	w.handler = New(o)
	w.http = httptest.NewServer(w.handler)
	w.t.Cleanup(w.http.Close)
}

// open opens the queue with intake's connection and one of its own.
func (w *world) open(intake *nats.Conn, o queue.Options) *queue.Queue {
	w.t.Helper()
	q, err := queue.Open(w.ctx, intake, w.connect(), o)
	if err != nil {
		w.t.Fatal(err)
	}
	return q
}

func (w *world) connect() *nats.Conn {
	w.t.Helper()
	return embeddedtest.Connect(w.t, w.server)
}

// reply is the endpoint's answer to one request.
type reply struct {
	code   int // of cXML
	text   string
	id     string // from the Location
	status int    // of HTTP
	header http.Header
	body   []byte
}

// post sends a document; headers are pairs of name and value.
func (w *world) post(body string, headers ...string) reply {
	w.t.Helper()
	return w.send(http.MethodPost, "/cxml", body, headers...)
}

func (w *world) send(method, at, body string, headers ...string) reply {
	w.t.Helper()
	r, err := w.try(method, at, body, headers...)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) try(method, at, body string, headers ...string) (reply, error) {
	req, err := http.NewRequestWithContext(w.ctx, method, w.http.URL+at, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := w.http.Client().Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, err
	}
	r := readReply(all)
	r.status, r.header = resp.StatusCode, resp.Header
	if l, err := resp.Location(); err == nil {
		r.id = path.Base(l.Path)
	}
	return r, nil
}

// readReply reads the cXML of an answer; code is 0 when it is none.
func readReply(body []byte) reply {
	r := reply{body: body}
	doc := etree.NewDocument()
	if doc.ReadFromBytes(body) != nil {
		return r
	}
	if status := doc.FindElement("/cXML/Response/Status"); status != nil {
		r.code, _ = strconv.Atoi(status.SelectAttrValue("code", ""))
		r.text = status.Text()
	}
	return r
}

// stored returns how many documents are in INBOUND.
func (w *world) stored() int {
	w.t.Helper()
	all, err := w.queue.Documents(w.ctx, queue.Filter{})
	if err != nil {
		w.t.Fatal(err)
	}
	return len(all)
}

func (w *world) lines() []string {
	w.t.Helper()
	b, err := os.ReadFile(w.journal)
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// paper is a confirmation to be sent. Empty fields take usual values.
type paper struct {
	payloadID, number, supplier, secret, mode, operation, comments string
}

func (p paper) String() string {
	or := func(s, usual string) string {
		if s == "" {
			return usual
		}
		return s
	}
	supplier := or(p.supplier, "acme")
	duns := map[string]string{"acme": "111111111", "globex": "222222222"}[supplier]
	return fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>
<cXML payloadID="%s" timestamp="2026-09-02T08:15:04-05:00" version="1.2.069">
<Header>
<From><Credential domain="DUNS"><Identity>%s</Identity></Credential></From>
<To><Credential domain="NetworkID"><Identity>AN01000000001</Identity></Credential></To>
<Sender><Credential domain="DUNS"><Identity>%[2]s</Identity><SharedSecret>%s</SharedSecret></Credential><UserAgent>test</UserAgent></Sender>
</Header>
<Request deploymentMode="%s"><ConfirmationRequest>
<ConfirmationHeader confirmID="%s" type="accept" noticeDate="2026-09-02T08:15:00-05:00" operation="%s"><Comments>%s</Comments></ConfirmationHeader>
<OrderReference orderID="PO-1001"><DocumentReference payloadID="po.1@buyer.example"/></OrderReference>
</ConfirmationRequest></Request></cXML>`,
		or(p.payloadID, "p-1@acme.example"), duns, or(p.secret, supplier+"-secret"), or(p.mode, cxml.Production), or(p.number, "OC-1"), or(p.operation, "new"), p.comments)
}
