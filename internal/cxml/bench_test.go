package cxml

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
)

// grown returns a confirmation or an invoice of about the size of a usual one.
func grown(lines int, line func(n int) string, before, after string) []byte {
	var b strings.Builder
	for n := 1; n <= lines; n++ {
		b.WriteString(line(n))
	}
	return []byte(envelopeOf(before + b.String() + after))
}

func confirmationOf7KB() []byte {
	head, rest, _ := strings.Cut(fullConfirmation, "<ConfirmationItem")
	item := "<ConfirmationItem" + strings.TrimSuffix(rest, "</ConfirmationRequest>")
	return grown(4, func(n int) string {
		return strings.Replace(item, `"00010"`, fmt.Sprintf(`"%d"`, n), 1)
	}, head, "</ConfirmationRequest>")
}

func invoiceOf26KB() []byte {
	head, rest, _ := strings.Cut(fullInvoice, " <InvoiceDetailItem ")
	item, rest, _ := strings.Cut(rest, "</InvoiceDetailItem>")
	return grown(10, func(n int) string {
		return strings.Replace(" <InvoiceDetailItem "+item+"</InvoiceDetailItem>\n", `invoiceLineNumber="1"`, fmt.Sprintf(`invoiceLineNumber="%d"`, 100+n), 1)
	}, head, rest)
}

// bareParse is the time that etree alone takes for the body: the floor, and the measure of everything else here.
func bareParse(b *testing.B, body []byte) time.Duration {
	b.Helper()
	const times = 200
	started := time.Now()
	for range times {
		if err := etree.NewDocument().ReadFromBytes(body); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(started) / times
}

// The metric x-etree is the time of a step over that of a bare parse of the same bytes in the same run, which a slower
// machine does not change.
func BenchmarkDocument(b *testing.B) {
	for name, body := range map[string][]byte{"confirmation": confirmationOf7KB(), "invoice": invoiceOf26KB()} {
		parse := func(b *testing.B) *Envelope {
			e, err := Parse(context.Background(), body, "", Limits{})
			if err != nil {
				b.Fatal(err)
			}
			return e
		}
		normalise := func(b *testing.B, e *Envelope) {
			if _, err := e.Document(DocumentOptions{}); err != nil {
				b.Fatal(err)
			}
		}
		parsed := parse(b)
		for _, step := range []struct {
			name string
			do   func(*testing.B)
		}{
			{"etree", func(b *testing.B) {
				if err := etree.NewDocument().ReadFromBytes(body); err != nil {
					b.Fatal(err)
				}
			}},
			{"parse", func(b *testing.B) { parse(b) }},
			{"normalise", func(b *testing.B) { normalise(b, parsed) }},
			{"parse and normalise", func(b *testing.B) { normalise(b, parse(b)) }},
			{"hash and original", func(*testing.B) { parsed.PayloadHash(); parsed.Original() }},
		} {
			b.Run(fmt.Sprintf("%s-%dKB/%s", name, len(body)/1024, step.name), func(b *testing.B) {
				before := bareParse(b, body)
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				for b.Loop() {
					step.do(b)
				}
				spent := b.Elapsed() / time.Duration(b.N)
				bare := (before + bareParse(b, body)) / 2 // a machine that others use changes its pace meanwhile
				b.ReportMetric(float64(spent)/float64(bare), "x-etree")
			})
		}
	}
}
