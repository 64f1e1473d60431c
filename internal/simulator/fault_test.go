package simulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCommitThenFailAppliesTheWrite(t *testing.T) {
	for _, how := range []Choice{Error500, Reset, Timeout} {
		t.Run(string(how), func(t *testing.T) {
			b := newBench(t, Options{Knobs: func(k *Knobs) {
				k.CommitThenFail = Fault{Next: 1, How: how}
				k.HangFor = Duration(time.Millisecond)
			}})
			b.must(200, "GET", "purchaseOrder/7001", "")
			a := b.record("POST", "vendorBill", bill("INV-1", "cp-1", "5"))
			if how == Error500 {
				b.refused(a, 500, "UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: ")
			} else if a.err == nil {
				t.Errorf("answered %d %s", a.status, a.body)
			}
			b.must(200, "GET", "vendorBill/eid:cp-1", "")
			b.refused(b.record("POST", "vendorBill", bill("INV-1", "cp-1", "5")), 400, "USER_ERROR", "This record already exists.")
			books := b.s.Books()
			if len(books.VendorBills) != 1 || books.Faults["commitThenFail"] != 1 || books.CallLog[1].Fault != "applied: "+string(how) {
				t.Errorf("%d bills, faults %v, call %+v", len(books.VendorBills), books.Faults, books.CallLog[1])
			}
		})
	}
}

func TestFailBeforeCommitAppliesNothing(t *testing.T) {
	for _, how := range []Choice{Error500, Reset, Timeout} {
		t.Run(string(how), func(t *testing.T) {
			b := newBench(t, Options{Knobs: func(k *Knobs) {
				k.FailBeforeCommit = Fault{Next: 1, How: how}
				k.HangFor = Duration(time.Millisecond)
			}})
			if a := b.record("POST", "vendorBill", bill("INV-1", "cp-1", "5")); a.err == nil && a.status != 500 {
				t.Errorf("answered %d", a.status)
			}
			b.must(404, "GET", "vendorBill/eid:cp-1", "")
			b.must(204, "POST", "vendorBill", bill("INV-1", "cp-1", "5"))
		})
	}
}

func TestATimeoutHoldsTheCallerAsLongAsItWaits(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.CommitThenFail = Fault{Next: 1, How: Timeout} }})
	ctx, cancel := context.WithCancel(context.Background())
	target := records + "vendorBill"
	authorization := b.authorization("POST", target, nil)
	var caller sync.WaitGroup
	caller.Go(func() {
		if a := b.send(ctx, "POST", target, bill("INV-1", "cp-1", "5"), authorization); !errors.Is(a.err, context.Canceled) {
			t.Errorf("answered %d %v before the caller gave up", a.status, a.err)
		}
	})
	b.until("the bill is made", func() bool { return len(b.s.Books().VendorBills) == 1 })
	cancel()
	caller.Wait()
	b.must(200, "GET", "vendorBill/eid:cp-1", "")
}

func TestFaultsByPathAndRate(t *testing.T) {
	b := newBench(t, Options{Seed: 1})
	turn := func(text string) {
		t.Helper()
		if err := b.s.TurnJSON([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	turn(`{"commitThenFail":{"path":"^PATCH .*/purchaseOrder/7001$","how":"500"}}`)
	for range 2 {
		b.must(500, "PATCH", "purchaseOrder/7001", `{"memo":"x"}`)
	}
	b.must(204, "PATCH", "purchaseOrder/7005", `{"memo":"x"}`)
	turn(`{"commitThenFail":{"path":"7001","next":1,"how":"500"}}`)
	b.must(500, "PATCH", "purchaseOrder/7001", `{"memo":"x"}`)
	b.must(204, "PATCH", "purchaseOrder/7001", `{"memo":"x"}`)
	turn(`{"commitThenFail":{"rate":0.5,"how":"500"}}`)
	failed := 0
	for range 100 {
		if a := b.record("PATCH", "purchaseOrder/7001", `{"memo":"x"}`); a.status == 500 {
			failed++
		}
	}
	if failed < 30 || failed > 70 {
		t.Errorf("%d of 100 failed at a rate of one half", failed)
	}
	turn(`{"commitThenFail":{}}`)
	b.must(204, "PATCH", "purchaseOrder/7001", `{"memo":"x"}`)
	turn(`{"recordChanged":{"next":1}}`)
	b.refused(b.record("PATCH", "purchaseOrder/7001", `{"memo":"z"}`), 400, "USER_ERROR", "RCRD_HAS_BEEN_CHANGED")
	turn(`{"unexpectedError":{"next":1}}`)
	b.refused(b.record("GET", "purchaseOrder/7001", ""), 500, "UNEXPECTED_ERROR", "Error ID")
	b.must(200, "GET", "purchaseOrder/7001", "")
}

func TestSameSeedSameFaults(t *testing.T) {
	pattern := func() string {
		b := newBench(t, Options{Seed: 42, CommitThenFail: 0.5, Knobs: func(k *Knobs) { k.HangFor = 1 }})
		var all strings.Builder
		for range 30 {
			fmt.Fprintf(&all, "%d ", b.record("PATCH", "purchaseOrder/7001", `{"memo":"x"}`).status)
		}
		return all.String()
	}
	if diff := cmp.Diff(pattern(), pattern()); diff != "" {
		t.Error(diff)
	}
}

func TestDown(t *testing.T) {
	b := newBench(t, Options{Knobs: func(k *Knobs) { k.Down = DownHTML }})
	a := b.record("GET", "purchaseOrder/7001", "")
	if a.status != 503 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		t.Errorf("%d %v", a.status, a.header)
	}
	if err := b.s.Turn(func(k *Knobs) { k.Down = DownGone }); err != nil {
		t.Fatal(err)
	}
	if a := b.record("PATCH", "purchaseOrder/7001", `{"memo":"x"}`); a.err == nil {
		t.Errorf("%d", a.status)
	}
	if err := b.s.Turn(func(k *Knobs) { k.Down = "" }); err != nil {
		t.Fatal(err)
	}
	b.must(200, "GET", "purchaseOrder/7001", "")
	if books := b.s.Books(); len(books.Writes) != 0 || len(books.FailedLogins) != 0 {
		t.Error("something happened while it was down")
	}
}

// hold keeps calls inside the simulator, each with its slot, until they are released.
func hold(t *testing.T, b *bench, calls int) (release func()) {
	t.Helper()
	if err := b.s.Turn(func(k *Knobs) {
		k.FailBeforeCommit = Fault{Path: "7006", How: Timeout}
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	target := records + "purchaseOrder/7006"
	for range calls {
		authorization := b.authorization("PATCH", target, nil)
		all.Go(func() { b.send(ctx, "PATCH", target, `{"memo":"x"}`, authorization) })
	}
	b.until("the held calls arrive", func() bool { return b.s.Books().Faults["failBeforeCommit"] == calls })
	return func() {
		cancel()
		all.Wait()
		b.until("the held calls leave", func() bool {
			b.s.mu.Lock()
			defer b.s.mu.Unlock()
			return b.s.slots == 0
		})
	}
}

// until waits for what another goroutine does.
func (b *bench) until(what string, done func() bool) {
	b.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			b.t.Fatalf("waited in vain: %s", what)
		}
		runtime.Gosched()
	}
}

func TestConcurrencyLimitIsTheAccounts(t *testing.T) {
	for _, c := range []struct {
		name   string
		knobs  func(*Knobs)
		held   int
		status int
		code   string
		retry  string
	}{
		{name: "429", knobs: func(*Knobs) {}, held: 2, status: 429, code: "CONCURRENCY_LIMIT_EXCEEDED"},
		{name: "400 with Retry-After", knobs: func(k *Knobs) { k.ConcurrencyStatus, k.RetryAfter = 400, 7 }, held: 2, status: 400, code: "CONCURRENCY_LIMIT_EXCEEDED", retry: "7"},
		{name: "soft overrun", knobs: func(k *Knobs) { k.SoftOverrun = 1 }, held: 2, status: 200},
		{name: "over the overrun", knobs: func(k *Knobs) { k.SoftOverrun = 1 }, held: 3, status: 429, code: "CONCURRENCY_LIMIT_EXCEEDED"},
		{name: "as 401", knobs: func(k *Knobs) { k.OverloadAs401After = 1 }, held: 2, status: 401, code: "INVALID_LOGIN"},
		{name: "code beside the details", knobs: func(k *Knobs) { k.ConcurrencyTopLevel = true }, held: 2, status: 429},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, Options{Limit: 2, Knobs: c.knobs})
			release := hold(t, b, c.held)
			a := b.record("GET", "purchaseOrder/7001", "")
			if code, _ := a.problem(); a.status != c.status || code != c.code || a.header.Get("Retry-After") != c.retry {
				t.Errorf("%d %s, Retry-After %q", a.status, a.body, a.header.Get("Retry-After"))
			}
			if c.name == "code beside the details" && !strings.Contains(string(a.body), `"o:errorCode":"USER_ERROR","o:errorDetails"`) {
				t.Errorf("%s", a.body)
			}
			release()
			b.must(200, "GET", "purchaseOrder/7001", "")
			if got := b.s.Books().MaxConcurrent; got != c.held+1 {
				t.Errorf("max concurrent %d, want %d", got, c.held+1)
			}
		})
	}
}

func TestParallelWritesKeepTheBooksBalanced(t *testing.T) {
	b := newBench(t, Options{Limit: -1, Seed: 9, CommitThenFail: 0.2, Knobs: func(k *Knobs) {
		k.HangFor, k.OptimisticLock = 1, false
		k.Latency = Latency{Post: Spread{Median: Duration(time.Microsecond), P99: Duration(time.Millisecond)}}
	}})
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 15 {
				number := fmt.Sprintf("INV-%d-%d", worker, i)
				body := fmt.Sprintf(`{"tranId":%q,"externalId":"cp-%s","item":{"items":[{"orderLine":1,"quantity":0.01,"rate":5}]}}`, number, number)
				b.record("POST", "purchaseOrder/7001"+toBill+"?replace=item", body)
				b.record("PATCH", "purchaseOrder/7001", fmt.Sprintf(`{"item":{"items":[{"line":3,"custcol_cp_status":%q}]}}`, number))
				b.query("SELECT id FROM transaction WHERE tranid = ?", number)
				b.s.Books()
			}
		})
	}
	all.Wait()
	books := b.s.Books()
	if len(books.VendorBills) != 120 || b.line("PO-1001", 1)["quantityBilled"] != "1.2" {
		t.Errorf("%d bills, billed %s", len(books.VendorBills), b.line("PO-1001", 1)["quantityBilled"])
	}
	if books.Faults["commitThenFail"] == 0 || books.TotalCalls != 360 || books.Calls["purchaseOrder transform vendorBill"] != 120 {
		t.Errorf("faults %v, calls %d %v", books.Faults, books.TotalCalls, books.Calls)
	}
	b.balanced()
}

func TestASaveOverAnothersSaveIsRefused(t *testing.T) {
	b := newBench(t, Options{})
	c := newCall(mustRequest(t, "PATCH", records+"purchaseOrder/7001", `{"memo":"mine"}`))
	b.s.mu.Lock()
	c.route(b.s.world.schemas)
	b.s.mu.Unlock()
	b.s.prepare(c)
	b.must(204, "PATCH", "purchaseOrder/7001", `{"memo":"theirs"}`)
	result, _, _ := b.s.perform(c)
	if result.refusal == nil || !strings.Contains(result.refusal.Error(), "RCRD_HAS_BEEN_CHANGED") {
		t.Errorf("%+v", result)
	}
	if got := b.order("PO-1001").Fields["memo"]; got != "theirs" {
		t.Errorf("memo %q", got)
	}
}

func mustRequest(t *testing.T, method, target, body string) (*http.Request, []byte) {
	t.Helper()
	r, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.RequestURI = target
	r.Header.Set("Content-Type", "application/json")
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, text
}

func TestLatencyFollowsItsQuantiles(t *testing.T) {
	s := New(Options{Seed: 5})
	spread := Spread{Median: Duration(100 * time.Millisecond), P99: Duration(time.Second)}
	below, under := 0, 0
	for range 10_000 {
		d := spread.draw(s.random)
		if d < 100*time.Millisecond {
			below++
		}
		if d < time.Second {
			under++
		}
	}
	if below < 4800 || below > 5200 || under < 9850 || under > 9950 {
		t.Errorf("%d of 10000 below the median, %d below the 99th percentile", below, under)
	}
}

func TestTheWriteGoesOnWhenTheCallerHangsUp(t *testing.T) {
	b := newBench(t, Options{Latency: Latency{Post: Spread{Median: Duration(time.Hour)}}})
	ctx, cancel := context.WithCancel(context.Background())
	target := records + "vendorBill"
	authorization := b.authorization("POST", target, nil)
	var caller sync.WaitGroup
	caller.Go(func() { b.send(ctx, "POST", target, bill("INV-1", "cp-1", "5"), authorization) })
	b.until("the call has its slot", func() bool { return b.s.Books().MaxSlots == 1 })
	cancel()
	caller.Wait()
	b.until("the bill is made", func() bool { return len(b.s.Books().VendorBills) == 1 })
}
