package delivery

import (
	"testing"

	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

func TestDocumentsThatOneRemedyHelpsHaveOneFingerprint(t *testing.T) {
	first := queue.Record{Account: "main", Supplier: "acme", Class: "refused", Reason: reason.PriceMismatch, Detail: "invoice INV-1: line 1: unit price is 15, expected 12.5"}
	with := func(change func(*queue.Record)) queue.Record {
		r := first
		change(&r)
		return r
	}
	words := func(text string) func(*queue.Record) {
		return func(r *queue.Record) { r.NetSuite = text }
	}
	for name, tt := range map[string]struct {
		a, b queue.Record
		same bool
	}{
		"another number and amount": {first, with(func(r *queue.Record) { r.Detail = "invoice INV-22: line 3: unit price is 7.10, expected 7" }), true},
		"another supplier":          {first, with(func(r *queue.Record) { r.Supplier = "globex" }), false},
		"another reason":            {first, with(func(r *queue.Record) { r.Reason = reason.TotalMismatch }), false},
		"another account":           {first, with(func(r *queue.Record) { r.Account = "second" }), false},
		"another sentence":          {first, with(func(r *queue.Record) { r.Detail = "invoice INV-1: line 1: the unit is unknown" }), false},
		"NetSuite says the same of another supplier's": {
			with(words("Invalid Field Value 12 for the following field: department")),
			with(func(r *queue.Record) {
				r.Supplier, r.NetSuite, r.Detail = "globex", "Invalid Field Value 7 for the following field: department", "another"
			}), true,
		},
		"NetSuite says something else": {with(words("Invalid field department")), with(words("Invalid field location")), false},
	} {
		if got := cause(tt.a) == cause(tt.b); got != tt.same {
			t.Errorf("%s: the fingerprints are equal: %v, want %v", name, got, tt.same)
		}
	}
	if len(cause(first)) != 12 {
		t.Errorf("fingerprint %q", cause(first))
	}
}
