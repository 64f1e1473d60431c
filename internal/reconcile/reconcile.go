package reconcile

import (
	"context"
	"errors"
	"time"

	"counterpunch/internal/intake"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
)

// Options say what is compared.
type Options struct {
	Queue    *queue.Queue
	Journals []string // paths: each ingest writes its own
	Accounts []Account
	// Since and Until bound when documents were received; zero bounds nothing.
	Since, Until time.Time
	// Stuck is how long a document may be without an end before that is a finding.
	Stuck time.Duration
	Now   time.Time
}

// Account is an account of NetSuite.
type Account struct {
	Name          string
	Client        *netsuite.Client
	DocumentField string // body field of bills that holds the document id; without it bills are only compared with each other
}

func (o Options) covers(t time.Time) bool {
	return (o.Since.IsZero() || !t.Before(o.Since)) && (o.Until.IsZero() || t.Before(o.Until))
}

// Run compares the witnesses. It only reads.
func Run(ctx context.Context, o Options) (Report, error) {
	r := Report{Findings: []Finding{}}
	for _, a := range o.Accounts {
		// The journal is read first: what is received from here on is no finding.
		receipts, err := o.receipts(a.Name, &r.Counts)
		if err != nil {
			return r, err
		}
		w, err := listen(ctx, o, a.Name)
		if err != nil {
			return r, err
		}
		bills, err := readBills(ctx, a, o.Since)
		if err != nil {
			return r, err
		}
		c := comparison{options: o, witness: w, bills: bills, byDocument: map[string][]Bill{}, named: a.DocumentField != "", report: &r}
		for _, b := range bills {
			c.byDocument[b.DocumentID] = append(c.byDocument[b.DocumentID], b)
		}
		r.Counts.Documents += len(w.documents)
		r.Counts.Bills += len(bills)
		for _, step := range []func(context.Context) error{
			func(ctx context.Context) error { return c.receipts(ctx, receipts) }, c.documents, c.unclaimed, c.twice,
		} {
			if err := step(ctx); err != nil {
				return r, err
			}
		}
	}
	return r, nil
}

// receipts returns the receipts of an account that the journals name, one a document. The first counts: a repeat was given
// the same answer.
func (o Options) receipts(account string, counts *Counts) ([]intake.Entry, error) {
	var all []intake.Entry
	known := map[string]bool{}
	torn := 0
	for _, path := range o.Journals {
		n, err := intake.ReadJournal(path, func(e intake.Entry) error {
			if e.Account == account && o.covers(e.Time) && !known[e.DocumentID] {
				known[e.DocumentID] = true
				all = append(all, e)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		torn += n
	}
	counts.Receipts += len(all)
	counts.TornLines = torn
	return all, nil
}

// Fix puts the ends on record that NetSuite proves, and returns the findings that are put right. actor and note go into
// the history. A document that has moved since it was looked at is left alone.
func Fix(ctx context.Context, q *queue.Queue, r Report, actor, note string) ([]Finding, error) {
	var fixed []Finding
	var failed []error
	for _, f := range r.Findings {
		if !f.Fixable() {
			continue
		}
		err := q.Conclude(ctx, f.seen, queue.Record{
			Type: queue.Applied, Actor: actor, Note: note, Detail: "found by reconcile: " + f.Bills[0].String(),
		})
		if err != nil {
			failed = append(failed, err)
			continue
		}
		fixed = append(fixed, f)
	}
	return fixed, errors.Join(failed...)
}
