//go:build unix

package intake

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/rs/zerolog"
)

// confirmationOf7KB and invoiceOf26KB have the size of usual documents. %s is the payloadID.
func confirmationOf7KB() string {
	var lines strings.Builder
	for n := 1; n <= 14; n++ {
		fmt.Fprintf(&lines, `<ConfirmationItem quantity="10" lineNumber="%d">
  <UnitOfMeasure>EA</UnitOfMeasure>
  <ConfirmationStatus quantity="10" type="accept" shipmentDate="2026-09-10T00:00:00-05:00" deliveryDate="2026-09-14T00:00:00-05:00">
    <UnitOfMeasure>EA</UnitOfMeasure>
    <UnitPrice>
      <Money currency="USD">5.00</Money>
    </UnitPrice>
    <Comments xml:lang="en-US">Ships from Toledo by ground service.</Comments>
  </ConfirmationStatus>
</ConfirmationItem>
`, n)
	}
	return strings.Replace(paper{payloadID: "%s"}.String(), "</ConfirmationRequest>", lines.String()+"</ConfirmationRequest>", 1)
}

func invoiceOf26KB() string {
	var lines strings.Builder
	for n := 1; n <= 30; n++ {
		fmt.Fprintf(&lines, `        <InvoiceDetailItem invoiceLineNumber="%d" quantity="20">
          <UnitOfMeasure>PK</UnitOfMeasure>
          <UnitPrice>
            <Money currency="USD">2.50</Money>
          </UnitPrice>
          <InvoiceDetailItemReference lineNumber="%[1]d">
            <ItemID>
              <SupplierPartID>ACME-C-%[1]d</SupplierPartID>
            </ItemID>
            <Description xml:lang="en-US">Cover sheet, pack of one hundred, white</Description>
          </InvoiceDetailItemReference>
          <SubtotalAmount>
            <Money currency="USD">50.00</Money>
          </SubtotalAmount>
          <GrossAmount>
            <Money currency="USD">50.00</Money>
          </GrossAmount>
          <NetAmount>
            <Money currency="USD">50.00</Money>
          </NetAmount>
        </InvoiceDetailItem>
`, n)
	}
	doc := paper{payloadID: "%s"}.String()
	from, to := strings.Index(doc, "<ConfirmationRequest>"), strings.Index(doc, "</Request>")
	return doc[:from] + `<InvoiceDetailRequest>
<InvoiceDetailRequestHeader invoiceID="%s" invoiceDate="2026-09-20T10:00:00-05:00" purpose="standard" operation="new">
<InvoiceDetailHeaderIndicator/><InvoiceDetailLineIndicator/></InvoiceDetailRequestHeader>
<InvoiceDetailOrder><InvoiceDetailOrderInfo><OrderReference orderID="PO-1001"><DocumentReference payloadID="po.1@buyer.example"/></OrderReference></InvoiceDetailOrderInfo>
` + lines.String() + `</InvoiceDetailOrder>
<InvoiceDetailSummary><SubtotalAmount><Money currency="USD">1500.00</Money></SubtotalAmount><Tax><Money currency="USD">0.00</Money><Description xml:lang="en">none</Description></Tax>
<NetAmount><Money currency="USD">1500.00</Money></NetAmount><DueAmount><Money currency="USD">1500.00</Money></DueAmount></InvoiceDetailSummary>
</InvoiceDetailRequest>` + doc[to:]
}

// cpu is the processor time that this process has used. It is what a busy machine cannot change much; the clock shows what
// others do.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// parseTime is the processor time that etree alone takes for the document.
func parseTime(b *testing.B, doc string) time.Duration {
	b.Helper()
	const times = 200
	before := cpu(b)
	for range times {
		if err := etree.NewDocument().ReadFromString(doc); err != nil {
			b.Fatal(err)
		}
	}
	return (cpu(b) - before) / times
}

// The metric x-etree is the processor time of a request, the embedded server's included, over that of a bare parse of the
// same bytes in the same run. A test document is all the work but JetStream and the journal.
func BenchmarkHandler(b *testing.B) {
	for _, size := range []struct{ name, doc string }{{"7KB", confirmationOf7KB()}, {"26KB", invoiceOf26KB()}} {
		for _, c := range []struct {
			name string
			sync bool
			doc  func(n int) string
		}{
			{"test", false, func(int) string { return strings.Replace(fill(size.doc, 0), "production", "test", 1) }},
			{"new", false, func(n int) string { return fill(size.doc, n) }},
			{"new, flushed", true, func(n int) string { return fill(size.doc, n) }},
			{"repeated", false, func(int) string { return fill(size.doc, 0) }},
		} {
			b.Run(size.name+"/"+c.name, func(b *testing.B) {
				w := startWorld(b, func(s *setup) {
					s.server.SyncAlways = c.sync
					s.Log = zerolog.Nop()
				})
				bare := parseTime(b, fill(size.doc, 0))
				b.SetBytes(int64(len(size.doc)))
				b.ReportAllocs()
				n, before := 0, cpu(b)
				for b.Loop() {
					n++
					r := httptest.NewRequest(http.MethodPost, "/cxml", strings.NewReader(c.doc(n)))
					r.Header.Set("Content-Type", "text/xml; charset=UTF-8")
					answer := httptest.NewRecorder()
					w.handler.ServeHTTP(answer, r)
					if !strings.Contains(answer.Body.String(), `code="200"`) {
						b.Fatal(answer.Body.String())
					}
				}
				b.ReportMetric(float64(cpu(b)-before)/float64(n)/float64(bare), "x-etree")
			})
		}
	}
}

// fill gives the document a payloadID, and a number where it has a place for one.
func fill(doc string, n int) string {
	id := fmt.Sprintf("p-%d", n)
	return strings.ReplaceAll(doc, `"%s"`, `"`+id+`"`)
}
