package cli

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// filter holds the flags that choose documents.
type filter struct {
	account, supplier, kind, order, number, state, reason, fingerprint string

	since, until moment
	age          time.Duration
	limit        int
}

// flags adds the flags that every choice has. most is the default of --limit, 0 for all.
func (f *filter) flags(cmd *cobra.Command, most int) {
	fl := cmd.Flags()
	fl.StringVar(&f.account, "account", "", "only this account")
	fl.StringVar(&f.supplier, "supplier", "", "only this supplier")
	fl.StringVar(&f.kind, "kind", "", "only order-confirmation, ship-notice or invoice")
	fl.StringVar(&f.order, "order", "", "only documents on this purchase order `number`")
	fl.StringVar(&f.number, "number", "", "only this confirmID, shipmentID or invoiceID")
	fl.StringVar(&f.reason, "reason", "", "only this reason `code`")
	fl.StringVar(&f.fingerprint, "fingerprint", "", "only this `cause`, as deadletters ls shows it")
	fl.Var(&f.since, "since", "only what arrived since a `time`, or in the last duration such as 24h")
	fl.Var(&f.until, "until", "only what arrived before a `time`, or longer ago than a duration")
	fl.DurationVar(&f.age, "age", 0, "only what has been in its state for this `duration`")
	fl.IntVar(&f.limit, "limit", most, "at most this many, newest first; 0 for all")
	complete(cmd, "kind", document.Kinds()...)
	complete(cmd, "reason", reason.Codes()...)
}

func (f *filter) stateFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.state, "state", "", "only accepted, applied, superseded, recorded, parked, dead-lettered or discarded")
	complete(cmd, "state", queue.States()...)
}

// queue returns the filter as the queue takes it.
func (f *filter) queue() (queue.Filter, error) {
	q := queue.Filter{
		Account: f.account, Supplier: f.supplier, Kind: document.Kind(f.kind), Order: f.order, Number: f.number,
		State: queue.State(f.state), Reason: reason.Code(f.reason), Fingerprint: f.fingerprint,
		Since: f.since.time(), Until: f.until.time(), Limit: f.limit,
	}
	if f.age > 0 {
		q.Settled = time.Now().Add(-f.age)
	}
	switch {
	case f.kind != "" && !slices.Contains(document.Kinds(), q.Kind):
		return q, usageError{fmt.Errorf("--kind %s: give one of %v", f.kind, document.Kinds())}
	case f.reason != "" && !q.Reason.Valid():
		return q, usageError{fmt.Errorf("--reason %s: give one of %v", f.reason, reason.Codes())}
	case f.state != "" && !slices.Contains(queue.States(), q.State):
		return q, usageError{fmt.Errorf("--state %s: give one of %v", f.state, queue.States())}
	case f.limit < 0:
		return q, usageError{fmt.Errorf("--limit %d: give a number of documents, or 0 for all", f.limit)}
	case f.age < 0:
		return q, usageError{fmt.Errorf("--age %s: give a duration that is not negative, such as 24h", f.age)}
	}
	return q, nil
}

// note says on stderr what a list alone would not: that it is empty, or that it was cut.
func (f *filter) note(cmd *cobra.Command, what string, found int) {
	switch {
	case found == 0:
		fmt.Fprintf(cmd.ErrOrStderr(), "no %s\n", what)
	case f.limit > 0 && found == f.limit:
		fmt.Fprintf(cmd.ErrOrStderr(), "the newest %d; there may be more: --limit 0 shows all\n", found)
	}
}
