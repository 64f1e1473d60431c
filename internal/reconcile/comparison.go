package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/intake"
	"counterpunch/internal/queue"
)

// comparison compares what is known of one account.
type comparison struct {
	options    Options
	witness    *witness
	bills      []Bill
	byDocument map[string][]Bill
	named      bool // bills say which document they were made from
	report     *Report
}

func (c *comparison) find(f Finding) {
	f.Bills = append(f.Bills, c.byDocument[f.DocumentID]...)
	c.report.Findings = append(c.report.Findings, f)
}

// receipts finds documents that were acknowledged and are not, or not as such, in the queue.
func (c *comparison) receipts(ctx context.Context, receipts []intake.Entry) error {
	for _, e := range receipts {
		s, err := c.witness.story(ctx, e.DocumentID)
		if err != nil {
			return err
		}
		if s != nil {
			s.receipt = true
			if s.PayloadHash != "" && e.PayloadHash != "" && s.PayloadHash != e.PayloadHash {
				c.find(s.finding(OtherPayload, "the queue has another payload than was acknowledged on "+e.Time.UTC().Format(time.RFC3339),
					"ask the supplier which of the two is meant"))
			}
			continue
		}
		f := Finding{
			Kind: Lost, Account: e.Account, DocumentID: e.DocumentID, Supplier: e.Supplier, Document: document.Kind(e.Kind),
			Number: e.Number, Orders: e.Orders, PayloadID: e.PayloadID, Received: e.Time,
			Text:   fmt.Sprintf("%s was told 200 on %s, and the queue does not know the document (message %d then)", e.Supplier, e.Time.UTC().Format(time.RFC3339), e.Sequence),
			Remedy: "have the supplier send it again with the same payloadID, or restore a newer backup",
		}
		if bills := c.byDocument[e.DocumentID]; len(bills) > 0 {
			f.Text += "; NetSuite has " + bills[0].String() + " of it"
			f.Remedy += "; its bill is recognised then, and not made again"
		}
		c.find(f)
	}
	for _, s := range c.witness.documents {
		if !s.receipt {
			c.report.Counts.NoReceipt++
		}
	}
	return nil
}

// documents finds documents whose end is missing, or not what NetSuite shows.
func (c *comparison) documents(context.Context) error {
	for _, s := range c.sorted() {
		bills := c.byDocument[s.ID]
		late := s.State == queue.StateAccepted && c.options.Now.Sub(s.Received) >= c.options.Stuck && c.options.Now.Sub(s.Updated) >= c.options.Stuck
		switch {
		case late && len(bills) == 1 && s.differs(bills[0]) == "":
			c.find(s.finding(Unrecorded, "it has no end on record, and NetSuite has "+bills[0].String()+" of it", "counterpunch reconcile --fix puts its end on record"))
		case late:
			c.find(s.finding(Stuck, "it has had no end for "+c.options.Now.Sub(s.Received).Round(time.Minute).String(), "see counterpunch accounts ls whether its account is held or nobody works on its lane"))
		case c.named && s.State == queue.StateApplied && s.expect != nil && len(bills) == 0 && !c.witness.deleted[billKey(s.Supplier, s.expect.Number)]:
			c.find(s.finding(BillMissing, fmt.Sprintf("it is applied, and its bill %s of vendor %s is not in NetSuite", s.expect.Number, s.expect.Vendor.ID),
				"look whether somebody has deleted it or taken its document id away; the role may also not see it"))
		case s.State == queue.StateApplied && len(bills) == 1:
			if text := s.differs(bills[0]); text != "" {
				c.find(s.finding(BillDiffers, bills[0].String()+": "+text, "somebody has changed the bill: see its system notes in NetSuite"))
			}
		}
	}
	return nil
}

// sorted returns the documents by time of receipt.
func (c *comparison) sorted() []*story {
	all := make([]*story, 0, len(c.witness.documents))
	for _, s := range c.witness.documents {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *story) int {
		if n := a.Received.Compare(b.Received); n != 0 {
			return n
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all
}

// unclaimed finds bills of documents that the queue does not know. Those that the journal names are found as Lost.
func (c *comparison) unclaimed(ctx context.Context) error {
	if !c.named {
		return nil
	}
	lost := map[string]bool{}
	for _, f := range c.report.Findings {
		lost[f.DocumentID] = lost[f.DocumentID] || f.Kind == Lost
	}
	for _, b := range c.bills {
		if lost[b.DocumentID] {
			continue
		}
		s, err := c.witness.story(ctx, b.DocumentID)
		if err != nil {
			return err
		}
		if s != nil {
			continue
		}
		text := b.String() + " names no document"
		if b.DocumentID != "" {
			text = b.String() + " names document " + b.DocumentID + ", which the queue does not know"
		}
		c.report.Findings = append(c.report.Findings, Finding{
			Kind: BillUnclaimed, Account: c.witness.account, DocumentID: b.DocumentID, Number: b.Number, Bills: []Bill{b}, Text: text,
			Remedy: "when the supplier sends the invoice again the bill is recognised; look whether another installation made it",
		})
	}
	return nil
}

// twice finds what was billed more than once.
func (c *comparison) twice(context.Context) error {
	type business struct{ typ, vendor, number, year string }
	groups := map[business][]Bill{}
	var keys []business
	for _, b := range c.bills {
		year, _, _ := strings.Cut(b.Date, "-")
		k := business{b.Type, b.Vendor, document.NormaliseNumber(b.Number), year}
		if groups[k] == nil {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], b)
	}
	found := map[string]bool{}
	add := func(text string, bills []Bill) {
		var ids []string
		for _, b := range bills {
			ids = append(ids, b.ID)
		}
		if key := strings.Join(ids, " "); len(bills) > 1 && !found[key] {
			found[key] = true
			c.report.Findings = append(c.report.Findings, Finding{
				Kind: BillTwice, Account: c.witness.account, DocumentID: bills[0].DocumentID, Number: bills[0].Number, Bills: bills, Text: text,
				Remedy: "void the one that is too much in NetSuite",
			})
		}
	}
	for _, k := range keys {
		add(fmt.Sprintf("vendor %s has %d of %s %s in %s", k.vendor, len(groups[k]), k.typ, k.number, k.year), groups[k])
	}
	for _, b := range c.bills {
		if same := c.byDocument[b.DocumentID]; b.DocumentID != "" {
			add(fmt.Sprintf("%d records were made from document %s", len(same), b.DocumentID), same)
		}
	}
	return nil
}
