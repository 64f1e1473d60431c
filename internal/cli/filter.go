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
	account, supplier, kind, order, number, state, reason string
	since                                                 time.Duration
	limit                                                 int
}

func (f *filter) flags(cmd *cobra.Command, states bool) {
	fl := cmd.Flags()
	fl.StringVar(&f.account, "account", "", "only this account")
	fl.StringVar(&f.supplier, "supplier", "", "only this supplier")
	fl.StringVar(&f.kind, "kind", "", "only order-confirmation, ship-notice or invoice")
	fl.StringVar(&f.order, "order", "", "only documents on this purchase order `number`")
	fl.StringVar(&f.number, "number", "", "only this confirmID, shipmentID or invoiceID")
	fl.StringVar(&f.reason, "reason", "", "only this reason `code`")
	fl.DurationVar(&f.since, "since", 0, "only what arrived in the last `duration`, such as 24h")
	fl.IntVar(&f.limit, "limit", 100, "at most this many, newest first")
	if states {
		fl.StringVar(&f.state, "state", "", "only accepted, applied, superseded, recorded, parked, dead-lettered or discarded")
	}
}

// queue returns the filter as the queue takes it.
func (f *filter) queue() (queue.Filter, error) {
	q := queue.Filter{
		Account: f.account, Supplier: f.supplier, Kind: document.Kind(f.kind), Order: f.order, Number: f.number,
		State: queue.State(f.state), Reason: reason.Code(f.reason), Limit: f.limit,
	}
	if f.since > 0 {
		q.Since = time.Now().Add(-f.since)
	}
	if f.kind != "" && !slices.Contains(document.Kinds(), q.Kind) {
		return q, usageError{fmt.Errorf("--kind %s: give one of %v", f.kind, document.Kinds())}
	}
	if f.reason != "" && !q.Reason.Valid() {
		return q, usageError{fmt.Errorf("--reason %s: give one of %v", f.reason, reason.Codes())}
	}
	if f.state != "" && !slices.Contains(queue.States(), q.State) {
		return q, usageError{fmt.Errorf("--state %s: give one of %v", f.state, queue.States())}
	}
	return q, nil
}
