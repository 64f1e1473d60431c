package cxml

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/document"
	"counterpunch/internal/testkit/material"
)

// corpusFacts holds values of real documents, read with another XML library: number, orders, lines and totals.
var corpusFacts = map[string][]string{
	"confirmation/arb-anBuyer-OrderConfirm-OrderConfirmation.xml": {
		"order-confirmation OC_57781 allDetail 2021-02-08T03:16:56-08:00", "order 4500057781",
		"line 10: 300 EA; accept 300 by 2021-02-07T22:30:00-08:00", "line 20: 250 EA; accept 250 by 2021-02-07T22:30:00-08:00",
		"line 30: 200 EA; accept 200 by 2021-02-07T22:30:00-08:00",
	},
	"confirmation/officeluv-request_doc.xml": {
		"order-confirmation  detail 2012-09-04T02:37:49-05:00", "order 400-2591453-0",
		"line 1: 20 RM; accept 20 at 4.44 USD by 2012-09-05T12:00:00-05:00", "line 2: 12 BX; accept 12 at 1.52 USD by 2012-09-05T12:00:00-05:00",
		"line 3: 2 EA; accept 2 at 4.14 USD by 2012-09-05T12:00:00-05:00",
	},
	"confirmation/arb-s4HanaBuyer-Confirmation-OC_Mat_Item_Rejected_BM.xml": {
		"order-confirmation REJ allDetail 2022-03-03T10:47:38-08:00", "order 4500010328", "line 10: 10.0 PCE; reject 10.0 at 200.00 EUR",
	},
	"confirmation/xspec-X12-ASC-X12_004010_855-03.xml": {
		"order-confirmation OC-001 except 2018-08-13T12:00:00Z", "total 243.1 USD", "tax 8.5 EUR", "order Order ID-002",
		"line 10: 16 EA; detail 5 at 48.62 USD by 2018-08-24T12:00:00Z; reject 10 at 48.62 USD by 2018-08-24T12:00:00Z; unknown 1",
	},
	"shipnotice/arb-OAGIS-ShipNotice-ShipNotice_BM.xml": {
		"ship-notice RIT-OAGIS.ShipNoticeRequest.01 new planned", "order Po2_OAGIS", "line 1: 200 EA", "tracking 022493270624076",
	},
	"shipnotice/friendsofcxml-ShipNoticeRequest.xml": {
		"ship-notice S2-123 new", "order DO1234", "tracking 8202 8261 1194",
	},
	"shipnotice/xspec-EDIFACT_D96A-UN-EDIFACT_D96A_DESADV-03.xml": {
		"ship-notice ASN Multi PO_1 delete planned", "order Order ID 1", "line 10: 90 C62", "line 20: 5 C62", "order Order ID 2", "line 30: 300 C62",
		"tracking Carrier PRO ID",
	},
	"invoice/arb-anBuyer-CreditMemo-CreditMemoComments.xml": {
		"invoice 1111 lineLevelCreditMemo", "order 4500028234", "line 1: 10 at 0.251000000000000 USD, subtotal 4.60 USD",
		"subtotal 4.60 USD, tax 0 USD, net 4.60 USD, due 4.60 USD",
	},
	"invoice/arb-anBuyer-Invoice-InvoiceLineLevelCreditMemo.xml": {
		"invoice TC_6142217 lineLevelCreditMemo", "order 4500001316", "line 1: 2 at 10.00 EUR, subtotal 20.00 EUR",
		"subtotal 20.00 EUR, tax 0.00 EUR, net 20.00 EUR, due 20.00 EUR",
	},
	"invoice/arb-CIM-InvoiceDetailRequest-InvoiceDetailRequest_PO_INV_TLC_BM.xml": {
		"invoice CIMSTDINV_LTAX standard", "order 4500000455", "line 1: 5 at 2 EUR, subtotal 10.00 EUR", "line 2: 5 at 2 EUR, subtotal 10.00 EUR",
		"subtotal 20.00 EUR, tax 0.40 EUR, net 354.40 EUR, due 354.40 EUR",
	},
	"invoice/xspec-PIDX-PIDX_1.61_Invoice-09.xml": {
		"invoice Invoice ID creditMemo",
		"order Purchase Order ID", "summary 1: 100.00 USD", "order Purchase Order ID", "summary 2: 100.00 USD", "order Purchase Order ID", "summary 3: 100.00 USD",
		"order Purchase Order ID", "summary 4: 100.00 USD", "order Purchase Order ID", "summary 5: 100.00 USD",
		"subtotal 100.00 USD, tax 40.00 USD, net 140.00 USD",
	},
	"invoice/xspec-anBuyer-AddOn_0000_CCInvoice-09.xml": {
		"invoice 3499 standard", "order 4500002077", "line 1: 0.000 at 100.00 EUR, subtotal 100.00 EUR", "line 2: 0.000 at 100.00 EUR, subtotal 100.00 EUR",
		"order supplier order 1900001669", "line 3: 0.000 at 100.00 EUR, subtotal 100.00 EUR", "subtotal 300.00 EUR, tax 0.00 EUR, net 300.00 EUR",
	},
}

func TestRealDocumentsAreReadRight(t *testing.T) {
	dir := material.Corpus(t)
	for name, want := range corpusFacts {
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			d, err := mustParse(t, string(body)).Document(DocumentOptions{})
			if err != nil {
				t.Fatal(problemsOf(err))
			}
			if s := cmp.Diff(want, facts(d)); s != "" {
				t.Errorf("facts (-want +got)\n%s", s)
			}
		})
	}
}

func TestMostRealDocumentsAreAccepted(t *testing.T) {
	files := material.CorpusFiles(t)
	accepted := 0
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		e, err := Parse(context.Background(), body, "", Limits{})
		if err != nil {
			mustRefuse(t, err)
			continue
		}
		mustHideSecrets(t, e)
		if _, ok := e.Kind(); !ok {
			continue
		}
		if _, err := e.Document(DocumentOptions{}); err != nil {
			mustRefuse(t, err)
			continue
		}
		accepted++
	}
	if accepted < 50 {
		t.Errorf("only %d of %d documents are accepted", accepted, len(files))
	}
}

// facts lists what a document says in short lines.
func facts(d *document.Document) []string {
	switch d.Kind {
	case document.KindOrderConfirmation:
		return confirmationFacts(d.OrderConfirmation)
	case document.KindShipNotice:
		return shipNoticeFacts(d.ShipNotice)
	}
	return invoiceFacts(d.Invoice)
}

func confirmationFacts(c *document.OrderConfirmation) []string {
	all := []string{fmt.Sprintf("order-confirmation %s %s %s", c.ConfirmID, c.Type, c.NoticeDate.Format("2006-01-02T15:04:05Z07:00"))}
	if c.Total != nil {
		all = append(all, "total "+sum(c.Total))
	}
	if c.Tax != nil {
		all = append(all, "tax "+sum(&c.Tax.Amount))
	}
	all = append(all, "order "+c.Order.String())
	for _, i := range c.Items {
		parts := []string{fmt.Sprintf("line %d: %s %s", i.LineNumber, i.Quantity.Value, i.Quantity.Unit)}
		for _, s := range i.Statuses {
			part := fmt.Sprintf("%s %s", s.Type, s.Quantity.Value)
			if s.UnitPrice != nil {
				part += " at " + sum(s.UnitPrice)
			}
			if s.DeliveryDate != nil {
				part += " by " + s.DeliveryDate.Format("2006-01-02T15:04:05Z07:00")
			}
			parts = append(parts, part)
		}
		all = append(all, strings.Join(parts, "; "))
	}
	return all
}

func shipNoticeFacts(n *document.ShipNotice) []string {
	first := fmt.Sprintf("ship-notice %s %s", n.ShipmentID, n.Operation)
	if n.Planned {
		first += " planned"
	}
	all := []string{first}
	for _, p := range n.Portions {
		all = append(all, "order "+p.Order.String())
		for _, i := range p.Items {
			all = append(all, fmt.Sprintf("line %d: %s %s", i.LineNumber, i.Quantity.Value, i.Quantity.Unit))
		}
	}
	for _, c := range n.Controls {
		for _, tracking := range c.Tracking {
			all = append(all, "tracking "+tracking.Number)
		}
	}
	return all
}

func invoiceFacts(v *document.Invoice) []string {
	all := []string{fmt.Sprintf("invoice %s %s", v.InvoiceID, v.Purpose)}
	for _, o := range v.Orders {
		all = append(all, "order "+o.Order.String())
		for _, i := range o.Items {
			all = append(all, fmt.Sprintf("line %d: %s at %s, subtotal %s", i.InvoiceLineNumber, i.Quantity.Value, sum(i.UnitPrice), sum(i.Subtotal)))
		}
		if o.Summary != nil {
			all = append(all, fmt.Sprintf("summary %d: %s", o.Summary.InvoiceLineNumber, sum(&o.Summary.Subtotal)))
		}
	}
	s := v.Summary
	total := fmt.Sprintf("subtotal %s, tax %s, net %s", sum(&s.Subtotal), sum(&s.Tax.Amount), sum(s.Net))
	if s.Due != nil {
		total += ", due " + sum(s.Due)
	}
	return append(all, total)
}

func sum(m *document.Money) string {
	if m == nil {
		return "none"
	}
	return m.Amount.String() + " " + m.Currency
}
