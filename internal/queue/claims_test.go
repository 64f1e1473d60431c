package queue

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

func TestOneDocumentIsAtWorkOnARecord(t *testing.T) {
	f := newFixture(t)
	claims := f.queue().Claims()
	take := func(id, documentID string) Claim {
		t.Helper()
		c, err := claims.Take(f.ctx, "main", id, documentID)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	var mine atomic.Int32
	parallel(16, func(i int) {
		me := fmt.Sprint("doc-", i)
		c, err := claims.Take(f.ctx, "main", "7001", me)
		if err != nil {
			t.Error(err)
		}
		if c.DocumentID == me {
			mine.Add(1)
		}
	})
	if mine.Load() != 1 {
		t.Errorf("%d owners", mine.Load())
	}
	first := take("7001", "x")
	if c := take("7002", "x"); c.DocumentID != "x" {
		t.Errorf("another record is %s's", c.DocumentID)
	}
	again := take("7001", first.DocumentID)
	if err := claims.Release(f.ctx, "main", first); err != nil {
		t.Error(err)
	}
	if c := take("7001", "x"); c.DocumentID != first.DocumentID {
		t.Errorf("the claim that was taken anew is gone with the earlier one: %s", c.DocumentID)
	}
	if _, err := claims.TakeOver(f.ctx, "main", first, "x"); !errors.Is(err, ErrChanged) {
		t.Errorf("take over of an earlier claim: %v", err)
	}
	over, err := claims.TakeOver(f.ctx, "main", again, "x")
	if err != nil || over.DocumentID != "x" {
		t.Errorf("%+v, %v", over, err)
	}
	if err := claims.Release(f.ctx, "main", over); err != nil {
		t.Error(err)
	}
	if c := take("7001", "y"); c.DocumentID != "y" {
		t.Errorf("it was released, and is %s's", c.DocumentID)
	}
}

func TestOneDocumentBringsAnInvoiceIn(t *testing.T) {
	f := newFixture(t)
	invoices := f.queue().Invoices()
	date := time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)
	near := func(v Invoice) bool { return v.Date.Sub(date).Abs() < 48*time.Hour }
	claim := func(documentID, externalID string, at time.Time, same func(Invoice) bool) Invoice {
		t.Helper()
		v, err := invoices.Claim(f.ctx, "main", "key", Invoice{DocumentID: documentID, ExternalID: externalID, Date: at}, same)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	owners := make([]Invoice, 16)
	parallel(len(owners), func(i int) {
		// Either side of New Year: two external ids, and one invoice.
		v, err := invoices.Claim(f.ctx, "main", "key", Invoice{
			DocumentID: fmt.Sprint("doc-", i), ExternalID: fmt.Sprint("cp-", i%2), Date: date.Add(time.Duration(i%2) * 2 * time.Hour),
		}, near)
		if err != nil {
			t.Error(err)
		}
		owners[i] = v
	})
	for _, o := range owners {
		if o.DocumentID != owners[0].DocumentID || o.ExternalID != owners[0].ExternalID {
			t.Fatalf("several bring it in: %+v", owners)
		}
	}
	first := owners[0]
	if v := claim(first.DocumentID, "cp-other", date.Add(time.Hour), near); v.ExternalID != first.ExternalID {
		t.Errorf("with a new date it has the external id %s", v.ExternalID)
	}
	if v := claim("next-year", "cp-2", date.AddDate(1, 0, 0), func(Invoice) bool { return false }); v.DocumentID != "next-year" {
		t.Errorf("another invoice with the number is %+v", v)
	}
	if err := invoices.TakeOver(f.ctx, "main", "key", Invoice{DocumentID: "nobody", ExternalID: first.ExternalID}, "x"); !errors.Is(err, ErrChanged) {
		t.Errorf("take over from somebody else: %v", err)
	}
	if err := invoices.TakeOver(f.ctx, "main", "key", first, "x"); err != nil {
		t.Error(err)
	}
	for documentID, want := range map[string]string{"x": first.ExternalID, "next-year": "cp-2", "y": first.ExternalID} {
		v, ok, err := invoices.Claimed(f.ctx, "main", "key", documentID, near)
		if err != nil || !ok || v.ExternalID != want {
			t.Errorf("%s finds %+v, %v", documentID, v, err)
		}
	}
	if v, ok, err := invoices.Claimed(f.ctx, "other", "key", "x", near); err != nil || ok {
		t.Errorf("another account: %+v, %v", v, err)
	}
}
