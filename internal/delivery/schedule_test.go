package delivery

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

func TestDecideSaysWhatAnErrorMeans(t *testing.T) {
	call := func(c netsuite.Class) error { return fmt.Errorf("update: %w", &netsuite.Error{Class: c}) }
	tried := func(c netsuite.Class, n int) *queue.Record {
		return &queue.Record{Tries: map[string]int{string(c): n}}
	}
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	long, short := now.Add(-15*24*time.Hour), now.Add(-time.Hour)
	for _, c := range []struct {
		name   string
		err    error
		last   *queue.Record
		action action
		reason reason.Code
		wait   time.Duration // of the class unknown at least so long, of the others at most; by a fifth
	}{
		{"taken over", fmt.Errorf("record: %w", queue.ErrFenced), nil, abandon, "", 0},
		{"busy is never counted", call(netsuite.Busy), tried(netsuite.Busy, 99), release, reason.NetSuiteBusy, time.Second},
		{"busy asks for a wait", &netsuite.Error{Class: netsuite.Busy, RetryAfter: time.Minute}, nil, release, reason.NetSuiteBusy, time.Minute},
		{"down is never counted", call(netsuite.Down), tried(netsuite.Down, 99), release, reason.NetSuiteDown, time.Second},
		{"login is never counted", call(netsuite.Login), tried(netsuite.Login, 99), release, reason.LoginRefused, time.Second},
		{"unknown outcome", call(netsuite.Unknown), nil, park, reason.NetSuiteUnknownOutcome, time.Minute},
		{"unknown too often", call(netsuite.Unknown), tried(netsuite.Unknown, 3), deadLetter, reason.NetSuiteUnknownOutcome, 0},
		{"odd", call(netsuite.Odd), tried(netsuite.Odd, 1), park, reason.NetSuiteUnexpected, 5 * time.Minute},
		{"odd too often", call(netsuite.Odd), tried(netsuite.Odd, 3), deadLetter, reason.NetSuiteUnexpected, 0},
		{"counts are kept by class", call(netsuite.Odd), tried(netsuite.Unknown, 3), park, reason.NetSuiteUnexpected, time.Minute},
		{"refused", call(netsuite.Refused), nil, deadLetter, reason.NetSuiteRefused, 0},
		{"does not fit", mismatch(reason.LineNotFound, "line 7"), nil, deadLetter, reason.LineNotFound, 0},
		{"not yet", mismatch(reason.OrderNotFound, "PO-1"), nil, park, reason.OrderNotFound, 5 * time.Minute},
		{"not yet, the last wait repeats", mismatch(reason.OrderNotFound, "PO-1"), tried(classNotYet, 9), park, reason.OrderNotFound, 24 * time.Hour},
		{"not yet, before the deadline", mismatch(reason.OrderNotFound, "PO-1"), &queue.Record{FirstParked: &short}, park, reason.OrderNotFound, 5 * time.Minute},
		{"not yet, at the deadline", mismatch(reason.OrderNotFound, "PO-1"), &queue.Record{FirstParked: &long}, deadLetter, reason.OrderNotFound, 0},
		{"the worker stops", context.Canceled, nil, release, reason.Internal, time.Second},
		{"a call that its caller gave up", call(netsuite.None), nil, release, reason.Internal, time.Second},
		{"JetStream fails", fmt.Errorf("save: %w", queue.ErrUnavailable), nil, release, reason.Internal, time.Second},
		{"another document was faster", fmt.Errorf("claim: %w", queue.ErrChanged), nil, release, reason.Internal, time.Second},
		{"a fault of ours", errors.New("expression fails"), nil, park, reason.Internal, time.Minute},
		{"a fault of ours, too often", errors.New("expression fails"), tried(netsuite.Odd, 3), deadLetter, reason.Internal, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := DefaultSchedule().decide(c.err, c.last, now)
			if d.action != c.action || d.reason != c.reason {
				t.Errorf("action %d for %q, want %d for %q", d.action, d.reason, c.action, c.reason)
			}
			least, most := c.wait*4/5, c.wait
			if d.class == netsuite.Unknown {
				least, most = c.wait, c.wait*6/5
			}
			if d.wait < least || d.wait > most {
				t.Errorf("the wait is %s, want %s to %s", d.wait, least, most)
			}
		})
	}
}

func TestEveryNetSuiteClassHasADecision(t *testing.T) {
	for _, class := range netsuite.Classes() {
		d := DefaultSchedule().decide(&netsuite.Error{Class: class}, nil, time.Now())
		if d.reason == "" || d.action == abandon {
			t.Errorf("class %s: action %d without a reason", class, d.action)
		}
	}
}

func TestDecideKeepsWhatOpsNeedToRead(t *testing.T) {
	err := fmt.Errorf("create vendorBill for invoice I-1: %w", &netsuite.Error{Class: netsuite.Refused, Status: 400, Code: "USER_ERROR", Detail: "Please enter value(s) for: Account."})
	d := DefaultSchedule().decide(err, nil, time.Now())
	if d.words != "USER_ERROR Please enter value(s) for: Account." {
		t.Errorf("NetSuite's words are %q", d.words)
	}
	if d.detail != err.Error() {
		t.Errorf("the detail is %q, want the whole chain", d.detail)
	}
	m := &mapping.Mismatch{Reason: reason.PriceMismatch, Text: "line 1"}
	if d := DefaultSchedule().decide(m, nil, time.Now()); d.words != "" {
		t.Errorf("NetSuite said nothing, but its words are %q", d.words)
	}
}

func TestTheDetailDoesNotSayTheReasonAgain(t *testing.T) {
	m := &mapping.Mismatch{Reason: reason.PriceMismatch, Text: "line 1 costs 6"}
	for want, err := range map[string]error{
		"line 1 costs 6":                       m,
		"plan the bill of I-1: line 1 costs 6": fmt.Errorf("plan the bill of I-1: %w", m),
	} {
		if d := DefaultSchedule().decide(err, nil, time.Now()); d.detail != want || d.reason != reason.PriceMismatch {
			t.Errorf("the detail is %q beside the reason %s, want %q", d.detail, d.reason, want)
		}
	}
}
