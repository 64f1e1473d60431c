package delivery

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/netsuite/record"
	"counterpunch/internal/reason"
)

// Numbers says what a second bill or credit of a vendor with the same number means.
type Numbers struct {
	// Blocked says that NetSuite refuses it by itself (Duplicate Number Warnings: warn and block), so that none is looked for.
	Blocked bool
	// Same is how far apart the dates of one invoice may be beyond the end of a year; within a year a number is one
	// invoice's always. Further apart the supplier has begun to count anew. Default 90 days.
	Same time.Duration
}

const defaultSame = 90 * 24 * time.Hour

// isSame reports whether two dates under one number are of one invoice. A zone shifts a date by a day, a correction by weeks,
// and either may cross New Year.
func (n Numbers) isSame(a, b time.Time) bool {
	within := n.Same
	if within <= 0 {
		within = defaultSame
	}
	return a.Year() == b.Year() || a.Sub(b).Abs() <= within
}

// standing looks whether NetSuite has a record of the vendor's with the invoice's number, and returns the internal id of
// one that was made for this invoice. The error is a duplicate-number *mapping.Mismatch when somebody else made it.
func (d *draft) standing(ctx context.Context) (string, error) {
	if d.account.Numbers.Blocked {
		return "", nil
	}
	rows, err := d.numbered(ctx)
	if err != nil {
		return "", err
	}
	invoice := d.doc.Invoice.InvoiceDate
	var others []netsuite.FoundBill
	for _, b := range rows {
		date, err := time.Parse(time.DateOnly, b.TranDate)
		switch {
		case b.ExternalID == d.externalID:
			return b.ID, nil
		case err == nil && !d.account.Numbers.isSame(calendarDay(invoice), date):
		case b.ExternalID == d.externalIDOf(invoice.Year()-1), b.ExternalID == d.externalIDOf(invoice.Year()+1):
			return b.ID, nil
		default:
			others = append(others, b)
		}
	}
	if len(others) == 0 {
		return "", nil
	}
	return "", d.duplicateNumber(ctx, others)
}

// calendarDay is the day that a date shows where it was written, as NetSuite keeps it.
func calendarDay(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// numbered returns the vendor's records with the invoice's number. They are asked for once a run.
func (d *draft) numbered(ctx context.Context) ([]netsuite.FoundBill, error) {
	if d.books == nil {
		books, err := d.ask(ctx, d.ownNumber(d.recordType))
		if err != nil {
			return nil, err
		}
		d.books = &books
	}
	rows := d.books.Bills
	if d.recordType == vendorCredit {
		rows = d.books.Credits
	}
	return slices.DeleteFunc(slices.Clone(rows), func(b netsuite.FoundBill) bool {
		return b.Entity != d.vendor || document.NormaliseNumber(b.TranID) != document.NormaliseNumber(d.doc.Invoice.InvoiceID)
	}), nil
}

// sameNumber is what has to be sought besides a document's orders: other records with its number, unless NetSuite itself
// refuses to have two.
func (r *reader) sameNumber(recordType string) netsuite.Sought {
	if r.account.Numbers.Blocked {
		return netsuite.Sought{}
	}
	return r.ownNumber(recordType)
}

// ownNumber is what is sought in order to find other records with the invoice's number.
func (r *reader) ownNumber(recordType string) netsuite.Sought {
	s := netsuite.Sought{Vendors: r.account.Vendors(r.event.Supplier)}
	if number := []string{strings.TrimSpace(r.doc.Invoice.InvoiceID)}; recordType == vendorCredit {
		s.Credits = number
	} else {
		s.Bills = number
	}
	return s
}

// duplicateNumber says how the first of the records that carry the invoice's number compares with it.
func (d *draft) duplicateNumber(ctx context.Context, others []netsuite.FoundBill) error {
	found := others[0]
	inv := d.doc.Invoice
	total := inv.Summary.Total()
	table := []mapping.Difference{
		{What: "internal id", Found: found.ID},
		{What: "external id", Expected: d.externalID, Found: found.ExternalID},
		{What: "number", Expected: inv.InvoiceID, Found: found.TranID},
		{What: "date", Expected: inv.InvoiceDate.Format(time.DateOnly), Found: found.TranDate},
	}
	text := fmt.Sprintf("NetSuite has %s %s of vendor %s with the number %s, which Counterpunch did not make", d.recordType, found.ID, d.vendor, found.TranID)
	other, err := d.read(ctx, found.ID)
	switch {
	case err == nil:
		table = append(table,
			mapping.Difference{What: "currency", Expected: inv.Summary.Subtotal.Currency, Found: orID(other.currency)},
			mapping.Difference{What: "total", Expected: total.Canonical(), Found: other.total.Canonical()})
		if total.Equal(other.total) {
			text += "; its total agrees with the invoice's " + total.Canonical()
		} else {
			text += fmt.Sprintf("; its total of %s is not the invoice's %s", other.total.Canonical(), total.Canonical())
		}
	case isClass(err, netsuite.Refused), isClass(err, netsuite.NotFound):
		text += ", and which cannot be read: " + words(err)
	default:
		return fmt.Errorf("read %s %s: %w", d.recordType, found.ID, err)
	}
	if more := len(others) - 1; more > 0 {
		text += fmt.Sprintf("; %d more have the number", more)
	}
	return differing(reason.DuplicateNumber, table, "%s", text)
}

func orID(r record.Ref) string {
	if r.RefName != "" {
		return r.RefName
	}
	return r.ID
}
