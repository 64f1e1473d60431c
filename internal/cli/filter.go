package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

// filter holds the flags that choose documents.
type filter struct {
	account, supplier, order, number, fingerprint string

	kind   document.Kind
	state  queue.State
	reason reason.Code

	since, until moment
	age          time.Duration
	limit        int
}

// flags adds the flags that every choice has. most is the default of --limit, 0 for all.
func (f *filter) flags(cmd *cobra.Command, most int) {
	fl := cmd.Flags()
	fl.StringVar(&f.account, "account", "", "only this account")
	fl.StringVar(&f.supplier, "supplier", "", "only this supplier")
	wordFlag(cmd, &f.kind, "kind", "", "only "+either(document.Kinds()), document.Kinds()...)
	fl.StringVar(&f.order, "order", "", "only documents on this purchase order `number`")
	fl.StringVar(&f.number, "number", "", "only this confirmID, shipmentID or invoiceID")
	wordFlag(cmd, &f.reason, "reason", "", "only this reason `code`", reason.Codes()...)
	fl.StringVar(&f.fingerprint, "fingerprint", "", "only this `cause`, as deadletters ls shows it")
	fl.Var(&f.since, "since", "only what arrived since a `time`, or in the last duration such as 24h")
	fl.Var(&f.until, "until", "only what arrived before a `time`, or longer ago than a duration")
	fl.DurationVar(&f.age, "age", 0, "only what has been in its state for this `duration`")
	fl.IntVar(&f.limit, "limit", most, "at most this many, newest first; 0 for all")
	before(cmd, func([]string) error { return f.check() })
}

// stateFlag adds the choice of one of the states.
func (f *filter) stateFlag(cmd *cobra.Command, usage string, states []queue.State) {
	wordFlag(cmd, &f.state, "state", "", usage+either(states), states...)
}

func (f *filter) check() error {
	switch {
	case f.limit < 0:
		return usagef("--limit %d: give a number of documents, or 0 for all", f.limit)
	case f.age < 0:
		return usagef("--age %s: give a duration that is not negative, such as 24h", f.age)
	}
	return inOrder(f.since, f.until)
}

// queue returns the filter as the queue takes it. What it says of times counts from now.
func (f *filter) queue() queue.Filter {
	q := queue.Filter{
		Account: f.account, Supplier: f.supplier, Kind: f.kind, Order: f.order, Number: f.number,
		State: f.state, Reason: f.reason, Fingerprint: f.fingerprint,
		Since: f.since.time(), Until: f.until.time(), Limit: f.limit,
	}
	if f.age > 0 {
		q.Settled = time.Now().Add(-f.age)
	}
	return q
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
