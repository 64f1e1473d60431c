package delivery

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

// mixed sends a confirmation, a notice, an invoice and its credit memo for each order, and returns their ids.
func (w *world) mixed(orders int) []string {
	var docs []*document.Document
	for n := 1; n <= orders; n++ {
		po := fmt.Sprint("PO-", n)
		docs = append(docs, confirmation(po, "C-"+po, day(1), n), notice("S-"+po, day(2), n, po),
			invoice(po, "I-"+po, n), memo(po, "M-"+po, "I-"+po, 1))
	}
	return w.send(docs...)
}

// wantMixed checks what mixed has done to NetSuite.
func (w *world) wantMixed(orders int) {
	w.t.Helper()
	b := w.sound()
	for n := 1; n <= orders; n++ {
		po := fmt.Sprint("PO-", n)
		w.wantField(po, 1, "custcol_cp_confirmed_quantity", fmt.Sprint(n))
		w.wantField(po, 1, "custcol_cp_shipped_quantity", fmt.Sprint(n))
		w.wantField(po, 1, "quantityBilled", fmt.Sprint(n))
		w.wantField(po, 0, "custbody_cp_tracking_numbers", "T-S-"+po)
		if got := len(b.Bills("501", "I-"+po)); got != 1 {
			w.t.Errorf("%d bills I-%s", got, po)
		}
		if got := len(b.Credits("501", "M-"+po)); got != 1 {
			w.t.Errorf("%d credits M-%s", got, po)
		}
	}
	if len(b.VendorBills) != orders || len(b.VendorCredits) != orders {
		w.t.Errorf("%d bills and %d credits for %d orders", len(b.VendorBills), len(b.VendorCredits), orders)
	}
}

func TestEveryWriteThatIsAppliedAndThenFailsIsDoneOnce(t *testing.T) {
	for _, how := range []simulator.Choice{simulator.Error500, simulator.Reset, simulator.Timeout} {
		for _, path := range []string{"PATCH .*purchaseOrder", "transform/vendorBill", "POST .*vendorCredit"} {
			t.Run(string(how)+" "+path, func(t *testing.T) {
				w := newWorld(t, 4, 4)
				w.turn(func(k *simulator.Knobs) { k.CommitThenFail = simulator.Fault{Path: path, Next: 3, How: how} })
				w.start()
				ids := w.mixed(4)
				w.applied(ids...)
				w.wantMixed(4)
				if hit := w.netsuite.Books().Faults["commitThenFail"]; hit != 3 {
					t.Errorf("%d faults hit, want 3", hit)
				}
			})
		}
	}
}

func TestWritesThatFailBeforeTheyAreAppliedAreSentAgain(t *testing.T) {
	for _, how := range []simulator.Choice{simulator.Error500, simulator.Reset, simulator.Timeout} {
		t.Run(string(how), func(t *testing.T) {
			w := newWorld(t, 3, 3)
			w.turn(func(k *simulator.Knobs) { k.FailBeforeCommit = simulator.Fault{Next: 5, How: how} })
			w.start()
			ids := w.mixed(3)
			w.applied(ids...)
			w.wantMixed(3)
		})
	}
}

func TestAThirdOfAllWritesFailingAfterTheFactDoublesAndLosesNothing(t *testing.T) {
	const orders = 30
	w := newWorld(t, orders, 6)
	w.turn(func(k *simulator.Knobs) { k.CommitThenFail = simulator.Fault{Rate: 0.3} })
	w.start()
	w.start()
	ids := w.mixed(orders)
	w.applied(ids...)
	w.wantMixed(orders)
	b := w.netsuite.Books()
	t.Logf("%d documents on %d orders, %d writes hit after the fact, %d calls", len(ids), orders, b.Faults["commitThenFail"], b.TotalCalls)
}

// late carries writes out after the caller has given up: the caller sees a timeout, NetSuite the call only later.
func (w *world) late(method string, calls int, after time.Duration) (landed chan struct{}) {
	landed = make(chan struct{}, calls)
	left := make(chan struct{}, calls)
	for range calls {
		left <- struct{}{}
	}
	done := make(chan struct{})
	w.t.Cleanup(func() { close(done) })
	w.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method != method || strings.Contains(r.URL.Path, "suiteql") {
			next.ServeHTTP(rw, r)
			return
		}
		select {
		case <-left:
		default:
			next.ServeHTTP(rw, r)
			return
		}
		body := new(strings.Builder)
		buffer := make([]byte, 64<<10)
		for {
			n, err := r.Body.Read(buffer)
			body.Write(buffer[:n])
			if err != nil {
				break
			}
		}
		again := httptest.NewRequest(r.Method, r.RequestURI, strings.NewReader(body.String()))
		again.Header, again.Host = r.Header.Clone(), r.Host
		go func() {
			timer := time.NewTimer(after)
			defer timer.Stop()
			select {
			case <-timer.C:
				next.ServeHTTP(httptest.NewRecorder(), again)
				landed <- struct{}{}
			case <-done:
			}
		}()
		<-r.Context().Done()
	})
	return landed
}

func TestABillThatLandsAfterItsCallWasGivenUpIsThereOnce(t *testing.T) {
	// The call is given up after 2 s and looked for at once and after 150 ms; the write lands between the two looks.
	w := newWorld(t, 1, 1)
	w.patience = 2 * time.Second
	landed := w.late(http.MethodPost, 1, 2050*time.Millisecond)
	w.start()
	ids := w.send(invoice("PO-1", "I-1", 2))
	<-landed
	w.applied(ids...)
	if b := w.sound(); len(b.VendorBills) != 1 {
		t.Errorf("%d bills", len(b.VendorBills))
	}
}

func TestABillThatLandsAfterItWasSentAgainIsThereOnce(t *testing.T) {
	w := newWorld(t, 1, 1)
	w.patience = 2 * time.Second
	landed := w.late(http.MethodPost, 1, 5*time.Second)
	w.start()
	ids := w.send(invoice("PO-1", "I-1", 2))
	w.applied(ids...)
	<-landed
	if b := w.sound(); len(b.VendorBills) != 1 {
		t.Errorf("%d bills", len(b.VendorBills))
	}
}

func TestAnUpdateThatLandsLateDoesNotUndoALaterOne(t *testing.T) {
	for _, during := range []bool{false, true} {
		t.Run(fmt.Sprint("the second is written during the first call: ", during), func(t *testing.T) {
			// The first notice's update is held up until the second notice has been written, and takes its tracking number back.
			w := newWorld(t, 2, 8)
			w.patience = time.Second
			w.start(func(o *Options) { o.Schedule.Unknown = []time.Duration{2 * time.Second, 2 * time.Second} })
			w.proven()
			landed := w.late(http.MethodPatch, 1, 1500*time.Millisecond)
			first := w.send(notice("S-1", day(1), 1, "PO-1"))
			if during {
				w.until("the first call is under way", func() bool { return len(w.types(first[0])) > 0 })
			} else {
				w.until("the first call is given up", func() bool { return w.status(first[0]).State == queue.StateParked })
			}
			w.applied(w.send(notice("S-2", day(2), 2, "PO-2", "PO-1"))...) // the lane of PO-2
			<-landed
			w.applied(first...)
			w.wantField("PO-1", 0, "custbody_cp_tracking_numbers", "T-S-1, T-S-2")
			w.wantField("PO-1", 1, "custcol_cp_shipped_quantity", "3")
		})
	}
}

func TestABillWithoutAPlanLeftIsRecognisedByItsNumberAndTotal(t *testing.T) {
	w := newWorld(t, 1, 1)
	// The bill is made, but nobody can read it back: the document goes to a person with what was planned.
	w.turn(func(k *simulator.Knobs) { k.UnexpectedError = simulator.Fault{Path: "GET .*vendorBill"} })
	w.start()
	id := w.send(invoice("PO-1", "I-1", 100))[0] // all of the line, so that a second bill could not even be planned
	w.ends(id, queue.StateDeadLettered, "netsuite-unexpected")
	w.turn(func(k *simulator.Knobs) { k.UnexpectedError = simulator.Fault{} })
	if _, err := w.q.Replay(w.ctx, id, queue.Decision{Actor: "ops", Note: "NetSuite is well again"}); err != nil {
		t.Fatal(err)
	}
	w.ends(id, queue.StateApplied, "")
	if b := w.sound(); len(b.VendorBills) != 1 {
		t.Errorf("%d bills", len(b.VendorBills))
	}
}
