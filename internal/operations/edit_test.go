package operations

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/queue"
)

// corrected returns the JSON of an event's document with a change.
func corrected(t *testing.T, e *event.Event, change func(*document.Document)) []byte {
	t.Helper()
	raw, err := json.Marshal(e.Data.Document)
	if err != nil {
		t.Fatal(err)
	}
	var d document.Document
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	change(&d)
	if raw, err = json.Marshal(d); err != nil {
		t.Fatal(err)
	}
	return raw
}

func quantity(n int64) func(*document.Document) {
	return func(d *document.Document) { d.Invoice.Orders[0].Items[0].Quantity.Value = document.NewDecimal(n) }
}

func comment(text string) func(*document.Document) {
	return func(d *document.Document) { d.Invoice.Comments[0].Text = text }
}

func TestACorrectionOfMoneyWaitsForASecondPerson(t *testing.T) {
	f := newFixture(t)
	e := f.deadLetters(1)[0]
	alice, bob := f.ops("alice"), f.ops("bob")
	proposed, err := alice.Edit(f.ctx, e.ID, corrected(t, e, quantity(3)), "three came")
	if err != nil || proposed.State != queue.EditProposed {
		t.Fatalf("%+v, %v", proposed, err)
	}
	want := []queue.EditChange{{Path: "invoice.orders[0].items[0].quantity.value", Before: `"2"`, After: `"3"`}}
	if diff := cmp.Diff(want, proposed.Changes); diff != "" {
		t.Error(diff)
	}
	if got := f.types(e.ID); len(got) != 1 {
		t.Errorf("a proposal has an effect: %v", got)
	}
	for _, name := range []string{"alice", " Alice "} {
		if _, err := f.ops(name).Approve(f.ctx, proposed); !errors.Is(err, ErrSamePerson) {
			t.Errorf("%s agrees with herself: %v", name, err)
		}
	}
	shown, err := bob.Proposal(f.ctx, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	done, err := bob.Approve(f.ctx, shown)
	if err != nil || done.State != queue.EditReplayed || done.DecidedBy != "bob" {
		t.Fatalf("%+v, %v", done, err)
	}
	h, err := f.q.History(f.ctx, e.ID)
	if err != nil || len(h) != 2 || h[1].Type != queue.Edited || h[1].Actor != "alice" || h[1].Approver != "bob" || h[1].Note != "three came" {
		t.Errorf("history %+v, %v", h, err)
	}
	now, _, err := f.q.Find(f.ctx, e.ID)
	if err != nil || now.Data.Document.Invoice.Orders[0].Items[0].Quantity.Value.String() != "3" || now.Data.Original != e.Data.Original || now.PayloadHash != e.PayloadHash {
		t.Errorf("the document is %+v, %v", now, err)
	}
	if _, err := bob.Approve(f.ctx, shown); !errors.Is(err, queue.ErrChanged) {
		t.Errorf("approved again: %v", err)
	}
	if waiting, err := alice.Edits(f.ctx, false); err != nil || len(waiting) != 0 {
		t.Errorf("corrections wait: %+v, %v", waiting, err)
	}
	if all, err := alice.Edits(f.ctx, true); err != nil || len(all) != 1 || all[0].State != queue.EditReplayed {
		t.Errorf("corrections %+v, %v", all, err)
	}
}

func TestAHarmlessCorrectionIsReplayedAtOnce(t *testing.T) {
	f := newFixture(t)
	e := f.deadLetters(1)[0]
	done, err := f.ops("alice").Edit(f.ctx, e.ID, corrected(t, e, comment("thanks")), "an illegible comment")
	if err != nil || done.State != queue.EditReplayed || done.DecidedBy != "" {
		t.Fatalf("%+v, %v", done, err)
	}
	if diff := cmp.Diff([]queue.RecordType{queue.DeadLettered, queue.Edited}, f.types(e.ID)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatNeedsASecondPerson(t *testing.T) {
	for path, want := range map[string]bool{
		"invoice.comments[0].text":                                false,
		"invoice.orders[0].items[2].item.description":             false,
		"shipNotice.controls[0].tracking[0].number":               false,
		"shipNotice.deliveryDate":                                 false,
		"orderConfirmation.items[0].statuses[0].shipmentDate":     false,
		"invoice.invoiceID":                                       true,
		"invoice.invoiceDate":                                     true,
		"invoice.orders[0].order.orderID":                         true,
		"invoice.orders[0].items[0].unitPrice.amount":             true,
		"invoice.orders[0].items[0].quantity.value":               true,
		"invoice.partners[0].addressID":                           true,
		"invoice.summary.shipping.amount.currency":                true,
		"from[0].identity":                                        true,
		"orderConfirmation.items[0].statuses[0].unitPrice.amount": true,
		"somethingNew":                                            true,
	} {
		if got := needsSecond([]queue.EditChange{{Path: "invoice.comments[1].text"}, {Path: path}}); got != want {
			t.Errorf("%s needs a second person: %v, want %v", path, got, want)
		}
	}
}

func TestWhatIsNoCorrection(t *testing.T) {
	f := newFixture(t)
	e := f.deadLetters(1)[0]
	body := string(corrected(t, e, quantity(3)))
	for name, tt := range map[string]struct {
		body, note string
		want       error
	}{
		"unchanged":         {string(corrected(t, e, quantity(2))), "why", ErrUnchanged},
		"no JSON":           {"{", "why", ErrInvalid},
		"unknown field":     {strings.Replace(body, `"kind"`, `"kin":1,"kind"`, 1), "why", ErrInvalid},
		"another kind":      {strings.Replace(body, `"kind":"invoice"`, `"kind":"ship-notice"`, 1), "why", ErrInvalid},
		"another payloadID": {strings.Replace(body, `"payloadID":"INV-0"`, `"payloadID":"INV-1"`, 1), "why", ErrInvalid},
		"no number":         {strings.Replace(body, `"value":"3"`, `"value":"three"`, 1), "why", ErrInvalid},
		"more behind it":    {body + "{}", "why", ErrInvalid},
		"missing part":      {strings.Replace(body, `"invoice":`, `"invoiced":`, 1), "why", ErrInvalid},
		"no reason":         {body, " ", nil},
	} {
		_, err := f.ops("alice").Edit(f.ctx, e.ID, []byte(tt.body), tt.note)
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	if got := f.types(e.ID); len(got) != 1 {
		t.Errorf("something was done: %v", got)
	}
}

func TestAProposalThatIsTooLateIsOvertaken(t *testing.T) {
	f := newFixture(t)
	e := f.deadLetters(1)[0]
	alice, bob := f.ops("alice"), f.ops("bob")
	proposed, err := alice.Edit(f.ctx, e.ID, corrected(t, e, quantity(3)), "three came")
	if err != nil {
		t.Fatal(err)
	}
	if err := bob.Discard(f.ctx, queue.Status{ID: e.ID, Sequence: proposed.Sequence}, "entered by hand"); err != nil {
		t.Fatal(err)
	}
	if _, err := bob.Approve(f.ctx, proposed); !errors.Is(err, queue.ErrReplayed) {
		t.Errorf("approved: %v", err)
	}
	if all, err := bob.Edits(f.ctx, true); err != nil || len(all) != 1 || all[0].State != queue.EditOvertaken {
		t.Errorf("corrections %+v, %v", all, err)
	}
	if _, err := bob.Proposal(f.ctx, e.ID); !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("the proposal is still there: %v", err)
	}
}

func TestOneApprovesWhatWasShown(t *testing.T) {
	f := newFixture(t)
	e := f.deadLetters(1)[0]
	alice, bob := f.ops("alice"), f.ops("bob")
	shown, err := alice.Edit(f.ctx, e.ID, corrected(t, e, quantity(3)), "three came")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alice.Edit(f.ctx, e.ID, corrected(t, e, quantity(300)), "more came"); err != nil {
		t.Fatal(err)
	}
	if _, err := bob.Approve(f.ctx, shown); !errors.Is(err, queue.ErrChanged) {
		t.Errorf("what was not shown is approved: %v", err)
	}
	shown, err = bob.Proposal(f.ctx, e.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bob.Reject(f.ctx, shown, "two came, I counted"); err != nil {
		t.Fatal(err)
	}
	all, err := bob.Edits(f.ctx, true)
	if err != nil || len(all) != 1 || all[0].State != queue.EditRejected || all[0].DecidedBy != "bob" || all[0].Decision != "two came, I counted" {
		t.Errorf("corrections %+v, %v", all, err)
	}
	if _, err := f.q.Letter(f.ctx, e.ID); err != nil {
		t.Errorf("the letter: %v", err)
	}
}
