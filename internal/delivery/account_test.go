package delivery

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

// notices sends a notice for each order.
func (w *world) notices(from, to int) []string {
	var docs []*document.Document
	for n := from; n <= to; n++ {
		docs = append(docs, notice(fmt.Sprint("S-", n), day(1), 1, fmt.Sprint("PO-", n)))
	}
	return w.send(docs...)
}

// uncounted checks that nothing was counted on the documents and that none was ever with a person.
func (w *world) uncounted(ids ...string) {
	w.t.Helper()
	for _, id := range ids {
		for _, rec := range w.history(id) {
			// A slow machine makes a worker lose its lane with a write under way, which is waited for and counts on nobody.
			lost := rec.Type == queue.Parked && rec.Class == string(netsuite.Unknown)
			if len(rec.Tries) > 0 || rec.Type == queue.DeadLettered || rec.Type == queue.Parked && !lost {
				w.t.Errorf("document %s: %s counts %v: %s %s", id, rec.Type, rec.Tries, rec.Reason, rec.Detail)
			}
		}
	}
}

// resume does what a person's resume does.
func (w *world) resume() {
	w.t.Helper()
	w.update(func(st *queue.AccountState) {
		st.Held = false
		if st.Credential != queue.CredentialProven {
			st.Credential = queue.CredentialUnproven
		}
		st.Since = time.Now().UTC()
	})
}

func TestTooManyCallsAtOnceHalveTheLanesAndCountOnNobody(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusBadRequest} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			const orders = 40
			w := newWorld(t, orders, 8)
			w.turn(func(k *simulator.Knobs) {
				k.ConcurrencyLimit, k.ConcurrencyStatus = 2, status
				k.Latency.Get.Median, k.Latency.Patch.Median = simulator.Duration(5*time.Millisecond), simulator.Duration(10*time.Millisecond)
			})
			w.start()
			ids := w.notices(1, orders)
			w.applied(ids...)
			w.uncounted(ids...)
			b := w.netsuite.Books()
			if b.OverLimit == 0 {
				t.Error("the limit was never reached")
			}
			if b.OverLimit > b.TotalCalls/2 {
				t.Errorf("%d of %d calls were over the limit", b.OverLimit, b.TotalCalls)
			}
			t.Logf("%d of %d calls were over the limit of 2, most at once %d", b.OverLimit, b.TotalCalls, b.MaxConcurrent)
		})
	}
}

func TestAnOutageCountsOnNobodyAndEndsByItself(t *testing.T) {
	for _, how := range []simulator.Choice{simulator.DownHTML, simulator.DownGone} {
		t.Run(string(how), func(t *testing.T) {
			const orders = 40
			w := newWorld(t, orders, 6)
			var inFlight, most atomic.Int32
			var watch atomic.Bool
			w.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
				n := inFlight.Add(1)
				defer inFlight.Add(-1)
				if watch.Load() && n > most.Load() {
					most.Store(n)
				}
				next.ServeHTTP(rw, r)
			})
			worker := w.start()
			w.applied(w.notices(1, 10)...)
			w.turn(func(k *simulator.Knobs) { k.Down = how })
			ids := w.notices(11, orders)
			w.until("the breaker is open", func() bool { return worker.log.count(`"to":"open"`) > 0 })
			w.until("a probe has failed", func() bool { return worker.log.count("breaker.probed") > 1 })
			// While it is open there are probes and nothing else.
			before := w.netsuite.Books().TotalCalls
			w.until("two more probes", func() bool { return worker.log.count("breaker.probed") > 3 })
			if calls := w.netsuite.Books().TotalCalls - before; calls > 5 {
				t.Errorf("%d calls during two probes", calls)
			}
			watch.Store(true)
			w.turn(func(k *simulator.Knobs) {
				k.Down = ""
				k.Latency.Get.Median = simulator.Duration(5 * time.Millisecond)
			})
			w.until("the first is served", func() bool { return w.netsuite.Books().Calls["purchaseOrder patch"] > 10 })
			if n := most.Load(); n > 2 {
				t.Errorf("recovery began with %d calls at once", n)
			}
			w.applied(ids...)
			w.uncounted(ids...)
			w.sound()
		})
	}
}

func TestDocumentsThatCannotBeServedDoNotStopTheOthers(t *testing.T) {
	const orders = 60
	w := newWorld(t, orders, 6)
	w.turn(func(k *simulator.Knobs) {
		k.UnexpectedError = simulator.Fault{Path: "GET .*purchaseOrder/7007"}
		k.FailBeforeCommit = simulator.Fault{Path: "PATCH .*purchaseOrder/7011", How: simulator.Timeout}
	})
	worker := w.start()
	ids := w.notices(1, orders)
	applied := 0
	for i, st := range w.final(ids...) {
		switch i + 1 {
		case 7:
			if st.Reason != "netsuite-unexpected" || st.State != queue.StateDeadLettered {
				t.Errorf("the document that is always a 500 is %s %s", st.State, st.Reason)
			}
		case 11:
			if st.Reason != "netsuite-unknown-outcome" || st.State != queue.StateDeadLettered {
				t.Errorf("the document that always times out is %s %s", st.State, st.Reason)
			}
		default:
			if st.State == queue.StateApplied {
				applied++
			}
		}
	}
	if applied != orders-2 {
		t.Errorf("%d applied, want %d", applied, orders-2)
	}
	if worker.log.count("breaker.changed") > 0 {
		t.Error("the breaker opened")
	}
	tries := w.history(ids[6])
	if n := tries[len(tries)-1].Tries["odd"]; n != 3 {
		t.Errorf("%d waits before the dead letter, want 3", n)
	}
}

func TestARefusedUserIsHeldAfterOneProbeAndResumed(t *testing.T) {
	const orders, lanes = 40, 6
	w := newWorld(t, orders, lanes)
	w.start()
	w.start()
	w.applied(w.notices(1, 20)...)
	w.turn(func(k *simulator.Knobs) { k.UserDisabled, k.LockAfter = true, 0 })
	ids := w.notices(21, orders)
	w.until("held", func() bool { return w.account().Credential == queue.CredentialHeld })
	w.quiet()
	// Two workers hold one lane each at a time, so that no more than the lanes can have been in flight.
	failed := len(w.netsuite.Books().FailedLogins)
	if failed > lanes+1 {
		t.Errorf("%d failed logins, want at most %d in flight and a probe", failed, lanes)
	}
	t.Logf("%d failed logins of %d lanes", failed, lanes)
	w.uncounted(ids...)
	w.turn(func(k *simulator.Knobs) { k.UserDisabled = false })
	w.resume()
	w.applied(ids...)
	w.uncounted(ids...)
	if st := w.account(); st.Credential != queue.CredentialProven {
		t.Errorf("the credential is %s", st.Credential)
	}
}

func TestWhatIsBetweenTwoCallsSendsNoMoreWhenALoginIsRefused(t *testing.T) {
	const orders, lanes = 20, 4
	w := newWorld(t, orders, lanes)
	w.turn(func(k *simulator.Knobs) { k.LockAfter = 0 })
	w.start()
	w.applied(w.notices(1, orders)...)
	reading, answer := make(chan struct{}, orders), make(chan struct{})
	w.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(rw, r)
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/purchaseOrder/70") {
			reading <- struct{}{}
			select {
			case <-answer:
			case <-r.Context().Done():
			}
		}
	})
	var ids []string
	for n := range orders {
		ids = append(ids, w.send(notice(fmt.Sprint("T-", n), day(2), 1, fmt.Sprint("PO-", n+1)))...)
	}
	for range lanes {
		<-reading
	}
	// All lanes have read their orders. The user is disabled, and one goes on.
	w.turn(func(k *simulator.Knobs) { k.UserDisabled = true })
	answer <- struct{}{}
	w.until("held", func() bool { return w.account().Credential == queue.CredentialHeld })
	close(answer)
	w.quiet()
	if n := len(w.netsuite.Books().FailedLogins); n != 2 {
		t.Errorf("%d failed logins, want the first and the probe", n)
	}
	w.turn(func(k *simulator.Knobs) { k.UserDisabled = false })
	w.resume()
	w.applied(ids...)
	w.uncounted(ids...)
}

// quiet waits until NetSuite has not been called for a while.
func (w *world) quiet() {
	w.t.Helper()
	last, same := -1, 0
	w.until("no more calls", func() bool {
		n := w.netsuite.Books().TotalCalls
		if same++; n != last {
			last, same = n, 0
		}
		return same == 200 // looks: what keeps this from looking keeps workers from calling
	})
}

func TestAHeldUserIsProbedSlowlyAndComesBackByItself(t *testing.T) {
	w := newWorld(t, 2, 2)
	w.turn(func(k *simulator.Knobs) { k.UserDisabled, k.LockAfter = true, 0 })
	w.start(func(o *Options) { o.Breaker.Slow = 200 * time.Millisecond })
	ids := w.notices(1, 2)
	w.until("held", func() bool { return w.account().Credential == queue.CredentialHeld })
	since := w.account().Since
	failed := len(w.netsuite.Books().FailedLogins)
	w.until("two slow probes", func() bool { return len(w.netsuite.Books().FailedLogins) >= failed+2 })
	w.until("held again", func() bool { return w.account().Credential == queue.CredentialHeld })
	if now := w.account().Since; !now.Equal(since) {
		t.Errorf("held since %s, but it was %s", now, since)
	}
	w.turn(func(k *simulator.Knobs) { k.UserDisabled = false })
	w.applied(ids...)
}

func TestASuspectCredentialWhoseWorkerDiedIsProbedByAnother(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.update(func(st *queue.AccountState) {
		st.Credential, st.Fingerprint, st.Since = queue.CredentialSuspect, "print-1", time.Now().UTC()
	})
	w.start(func(o *Options) { o.Breaker.Suspect = 100 * time.Millisecond })
	w.applied(w.notices(1, 1)...)
}

func TestAMissingPermissionForOneSortOfCallIsRefusedAndHoldsNobody(t *testing.T) {
	// The words are those of a login that is refused, but NetSuite lets the user in.
	w := newWorld(t, 6, 2)
	w.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.Contains(r.URL.Path, "transform") {
			rw.Header().Set("Content-Type", "application/json")
			rw.WriteHeader(http.StatusBadRequest)
			_, _ = rw.Write([]byte(`{"o:errorDetails":[{"o:errorCode":"USER_ERROR","detail":"Your current role does not have permission to perform this action."}]}`))
			return
		}
		next.ServeHTTP(rw, r)
	})
	w.start()
	bad := w.send(invoice("PO-1", "I-1", 1), invoice("PO-2", "I-2", 1))
	good := w.notices(3, 6)
	for _, id := range bad {
		if st := w.ends(id, queue.StateDeadLettered, "login-refused"); !strings.Contains(st.Detail, "permission") {
			t.Errorf("the detail does not say why: %s", st.Detail)
		}
	}
	w.applied(good...)
	if st := w.account(); st.Credential != queue.CredentialProven {
		t.Errorf("the credential is %s", st.Credential)
	}
}

func TestARoleWithoutRESTIsHeld(t *testing.T) {
	w := newWorld(t, 3, 2)
	w.turn(func(k *simulator.Knobs) { k.MissingPermissions = []string{simulator.PermissionREST} })
	w.start()
	ids := w.notices(1, 3)
	w.until("held", func() bool { return w.account().Credential == queue.CredentialHeld })
	w.quiet()
	w.turn(func(k *simulator.Knobs) { k.MissingPermissions = nil })
	w.resume()
	w.applied(ids...)
	w.uncounted(ids...)
}

func TestANewSignInStartsUnprovenAndStopsWorkersWithTheOldOne(t *testing.T) {
	w := newWorld(t, 4, 2)
	old := w.start()
	w.applied(w.notices(1, 1)...)
	old.w.update(func(st *queue.AccountState) { st.Credential = queue.CredentialHeld })
	fresh := w.start(func(o *Options) { o.Accounts[0].Credential = "print-2" })
	w.applied(w.notices(2, 4)...)
	if st := w.account(); st.Fingerprint != "print-2" || st.Credential != queue.CredentialProven {
		t.Errorf("the state is %+v", st)
	}
	w.until("the old worker says so", func() bool { return old.log.count("credential.replaced") == 1 })
	if n := old.log.count("document.ended"); n != 1 {
		t.Errorf("the worker with the old sign-in brought in %d documents, want the first only", n)
	}
	fresh.stop()
}

func TestAHoldByAPersonStopsAllCallsUntilItIsResumed(t *testing.T) {
	const orders = 30
	w := newWorld(t, orders, 4)
	w.turn(func(k *simulator.Knobs) { k.Latency.Get.Median = simulator.Duration(10 * time.Millisecond) })
	w.start()
	ids := w.notices(1, orders)
	w.until("some are done", func() bool { return len(w.netsuite.Books().Writes) > 5 })
	w.update(func(st *queue.AccountState) { st.Held, st.Reason = true, "month end" })
	w.quiet()
	calls := w.netsuite.Books().TotalCalls
	more := w.send(invoice("PO-1", "I-1", 1))
	w.quiet()
	if n := w.netsuite.Books().TotalCalls - calls; n > 0 {
		t.Errorf("%d calls while the account is held", n)
	}
	if st := w.account(); st.Reason != "month end" {
		t.Errorf("the reason is %q", st.Reason)
	}
	w.resume()
	w.applied(append(ids, more...)...)
	w.uncounted(ids...)
}

func TestWithoutAViewOfTheAccountsNobodyCalls(t *testing.T) {
	w := newWorld(t, 2, 1)
	worker := w.start()
	w.applied(w.notices(1, 1)...)
	for _, nc := range worker.conns {
		nc.Close()
	}
	calls := w.netsuite.Books().TotalCalls
	ids := w.notices(2, 2)
	w.quiet()
	if n := w.netsuite.Books().TotalCalls - calls; n > 0 {
		t.Errorf("%d calls without a view of the accounts", n)
	}
	worker.stop()
	w.start()
	w.applied(ids...)
}

func TestLanesThatAreAddedAreServedAtOnce(t *testing.T) {
	w := newWorld(t, 20, 1)
	w.start()
	w.applied(w.notices(1, 2)...)
	w.update(func(st *queue.AccountState) { st.SetLanes(7) })
	w.applied(w.notices(3, 20)...)
}

func TestLoweringTheLanesBoundsTheCallsAtOnceAlsoForWhatWaitsInTheOldOnes(t *testing.T) {
	const orders, lanes = 40, 2
	w := newWorld(t, orders, 8)
	w.turn(func(k *simulator.Knobs) { k.Latency.Get.Median = simulator.Duration(20 * time.Millisecond) })
	ids := w.notices(1, orders)
	w.update(func(st *queue.AccountState) { st.SetLanes(lanes) })
	w.start()
	w.applied(ids...)
	if most := w.netsuite.Books().MaxConcurrent; most > lanes {
		t.Errorf("%d calls at once, want at most %d", most, lanes)
	}
}

func TestOneAccountThatCannotStartDoesNotStopTheOthers(t *testing.T) {
	w := newWorld(t, 1, 1)
	worker := w.start(func(o *Options) {
		bad := o.Accounts[0]
		bad.Name = "no.such.account" // no lane can have this name
		o.Accounts = append([]Account{bad}, o.Accounts...)
	})
	w.applied(w.notices(1, 1)...)
	w.until("the other complains", func() bool { return worker.log.count("lane.failed") > 0 })
	w.quiet()
	if n := worker.log.count("lane.failed"); n > 4 {
		t.Errorf("%d complaints about 4 lanes, want one each", n)
	}
}

func TestAStateThatComesLateIsIgnored(t *testing.T) {
	w := newWorld(t, 1, 1)
	g := newGate(w.start().options(), Account{Name: "main", Client: &netsuite.Client{}, Credential: "print-1"}, newThrottle(1, 1))
	g.see(queue.AccountState{Credential: queue.CredentialSuspect}, 7)
	g.see(queue.AccountState{Credential: queue.CredentialProven}, 6)
	if g.allowed() {
		t.Error("an older state has opened the gate")
	}
	g.see(queue.AccountState{Credential: queue.CredentialProven}, 8)
	if !g.allowed() {
		t.Error("a newer state has not")
	}
	g.decide(1)
	if g.allowed() {
		t.Error("a refused login is being decided about, but the gate is open")
	}
	g.decide(-1)
	g.lose()
	if g.allowed() {
		t.Error("nothing is known of the account, but the gate is open")
	}
	g.see(queue.AccountState{Credential: queue.CredentialProven}, 1)
	if !g.allowed() {
		t.Error("the first state after a loss was taken for an old one")
	}
	if err := (&complaint{last: "x"}); err.isNew(errors.New("x")) {
		t.Error("the same complaint is new again")
	}
}
