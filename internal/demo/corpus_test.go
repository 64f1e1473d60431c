package demo_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"counterpunch/internal/config"
	"counterpunch/internal/demo"
	"counterpunch/internal/document"
	"counterpunch/internal/testkit/material"
)

// stated is what testdata/corpus.py, which shares nothing with the intake, says of a document.
type stated struct {
	WellFormed bool     `json:"wellFormed"`
	Kind       string   `json:"kind"`
	Request    string   `json:"request"`
	Number     string   `json:"number"`
	Orders     []string `json:"orders"`
	Lines      []string `json:"lines"`
	Total      string   `json:"total"`
	Answer     int      `json:"answer"`
	Reasons    []string `json:"reasons"`
}

func TestCorpusIsReadAsAnotherReaderReadsIt(t *testing.T) {
	dir := material.Corpus(t)
	witness := witnessed(t, dir)
	w := open(t, unstressed)
	table := tabwriter.NewWriter(t.Output(), 0, 0, 1, ' ', 0)
	fmt.Fprintln(table, "file\tanswer\tkind\torders\tlines\ttotal\twarnings")
	accepted, agreed, again := 0, 0, 0
	for _, file := range slices.Sorted(maps.Keys(witness)) {
		want := witness[file]
		body, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := w.Post(t.Context(), "text/xml", signed(body))
		if err == nil && answer.Code == 409 { // the corpus has real documents under each other's payloadID
			again++
			answer, err = w.Post(t.Context(), "text/xml", payloadID.ReplaceAll(signed(body), fmt.Appendf(nil, `${1}%d-`, again)))
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		got := stated{Answer: answer.Code}
		warnings := 0
		if answer.ID != "" {
			accepted++
			got, warnings = storedFacts(t, w, answer)
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%d\t%s\t%d\n", file, answer.Code, got.Kind, strings.Join(got.Orders, ","), len(got.Lines), got.Total, warnings)
		if diff := disagreement(want, got, answer); diff == "" {
			agreed++
		} else {
			t.Errorf("%s (-script +intake; the script says %q):\n%sthe answer says: %s", file, want.Reasons, diff, answer.Text)
		}
	}
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d documents: %d accepted, %d of them under a payloadID made unique, %d as the script says in every respect", len(witness), accepted, again, agreed)
	if accepted < 60 {
		t.Errorf("only %d documents were accepted", accepted)
	}
}

// disagreement compares what the script and the intake say of a document. Of one that is refused, and of a request that
// is not kept, only the answer is compared.
func disagreement(want, got stated, answer demo.Answer) string {
	if want.Answer != answer.Code || answer.ID == "" && want.Kind != "" && want.Answer == 200 {
		return fmt.Sprintf("-answer %d\n+answer %d\n", want.Answer, answer.Code)
	}
	if want.Answer != 200 || want.Kind == "" {
		return ""
	}
	return gocmp.Diff(want, got, cmpopts.IgnoreFields(stated{}, "WellFormed", "Request", "Reasons"), cmpopts.EquateEmpty())
}

// storedFacts reads the event that was stored for an answer, in the script's terms.
func storedFacts(t *testing.T, w *demo.World, answer demo.Answer) (stated, int) {
	t.Helper()
	e, _, err := w.Serve.Queue.Find(t.Context(), answer.ID)
	if err != nil {
		t.Fatal(err)
	}
	d := e.Data.Document
	s := stated{Kind: string(d.Kind), Number: d.Number(), Answer: answer.Code}
	for _, o := range d.Orders() {
		s.Orders = append(s.Orders, cmp.Or(o.OrderID, "payload:"+o.PayloadID))
	}
	line := func(n int, q document.Quantity) {
		s.Lines = append(s.Lines, fmt.Sprintf("%dx%s", n, q.Value.Canonical()))
	}
	switch d.Kind {
	case document.KindOrderConfirmation:
		for _, i := range d.OrderConfirmation.Items {
			line(i.LineNumber, i.Quantity)
		}
		s.Total = amountOf(d.OrderConfirmation.Total)
	case document.KindShipNotice:
		for _, p := range d.ShipNotice.Portions {
			for _, i := range p.Items {
				line(i.LineNumber, i.Quantity)
			}
		}
	case document.KindInvoice:
		for _, o := range d.Invoice.Orders {
			for _, i := range o.Items {
				line(i.LineNumber, i.Quantity)
			}
			if o.Summary != nil {
				s.Lines = append(s.Lines, "summary "+o.Summary.Subtotal.Amount.Canonical())
			}
		}
		sum := d.Invoice.Summary
		s.Total = amountOf(cmp.Or(sum.Net, sum.Due, sum.Gross, &sum.Subtotal))
	}
	return s, len(d.Warnings)
}

func amountOf(m *document.Money) string {
	if m == nil {
		return ""
	}
	return m.Amount.Canonical()
}

// The parties of a real document, whose credentials nobody here knows.
var (
	parties = regexp.MustCompile(`(?s)<(From|To|Sender)(?:\s[^>]*)?>.*?</(?:From|To|Sender)\s*>`)
	// payloadID is that of the document itself, which stands in the root element.
	payloadID = regexp.MustCompile(`(<cXML\s[^>]*?payloadID\s*=\s*["'])`)
	mode      = regexp.MustCompile(`deploymentMode\s*=\s*("[^"]*"|'[^']*')`)
)

// signed returns a document with the credentials of the demonstration, changed in nothing else: byte for byte.
func signed(body []byte) []byte {
	body = parties.ReplaceAllFunc(body, func(party []byte) []byte {
		switch string(parties.FindSubmatch(party)[1]) {
		case "From":
			return []byte(`<From><Credential domain="DUNS"><Identity>111111111</Identity></Credential></From>`)
		case "To":
			return []byte(`<To><Credential domain="NetworkID"><Identity>AN01000000001</Identity></Credential></To>`)
		}
		return []byte(`<Sender><Credential domain="DUNS"><Identity>111111111</Identity><SharedSecret>acme-secret</SharedSecret></Credential><UserAgent>corpus</UserAgent></Sender>`)
	})
	return mode.ReplaceAll(body, []byte(`deploymentMode="production"`))
}

// unstressed gives a document more time to be parsed where the race detector takes it, and to be stored by a busy machine.
func unstressed(c *config.Config) {
	c.Ingest.Limits.ParseTime *= slack
	c.Ingest.PublishTimeout = patience
}

// witnessed runs the script over the corpus.
func witnessed(t *testing.T, dir string) map[string]stated {
	t.Helper()
	python := material.Program(t, "python3")
	out, err := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "corpus.py"), dir).Output()
	if err != nil {
		t.Fatalf("testdata/corpus.py: %v", err)
	}
	all := map[string]stated{}
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatalf("read what testdata/corpus.py says: %v", err)
	}
	if len(all) == 0 {
		t.Fatalf("there are no documents in %s", dir)
	}
	return all
}
