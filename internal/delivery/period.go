package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/reason"
)

// isPeriodClosed reports whether NetSuite refused a call because of the accounting period.
func isPeriodClosed(err error) bool {
	e := (*netsuite.Error)(nil)
	return errors.As(err, &e) && e.Class == netsuite.Refused && e.Reason() == reason.PeriodClosed
}

// postpone sends a record that NetSuite refused for its period once more, for the first period that is open, with the
// invoice's own date. Only the refusal leads here: it costs no call as long as the period is open. The error is a
// period-closed *mapping.Mismatch where the account leaves that to a person, or where nothing is open.
func (c *creation) postpone(ctx context.Context, p mapping.Plan, refused error) (string, error) {
	r, date := c.run, c.doc.Invoice.InvoiceDate
	table := []mapping.Difference{{What: "accounting period of " + date.Format(time.DateOnly), Expected: "open", Found: "closed"}}
	closed := func(why string) error {
		return differing(reason.PeriodClosed, table, "invoice %s is dated %s, in a period that takes no bills%s; NetSuite says: %s",
			c.doc.Invoice.InvoiceID, date.Format(time.DateOnly), why, words(refused))
	}
	if !r.account.FirstOpenPeriod {
		return "", closed("")
	}
	r.calls++
	period, err := r.account.Client.FirstOpenPeriod(ctx, date)
	if err != nil {
		return "", fmt.Errorf("post invoice %s in an open period: %w", c.doc.Invoice.InvoiceID, err)
	}
	if period.IsZero() {
		return "", closed(", and no later period is open")
	}
	table[0].Expected = "open, as is " + orID(period)
	if p, err = p.PostedIn(period, table[0]); err != nil {
		return "", err
	}
	if err := r.attempt(ctx, p); err != nil {
		return "", err
	}
	id, err := c.send(ctx, p)
	if isPeriodClosed(err) {
		return "", closed(", nor does " + orID(period))
	}
	return id, err
}
