package delivery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

// hang lets the first write of a method reach NetSuite and no answer come: it is carried out when land is called, after
// its caller has gone. begun is closed when it is on its way.
func (w *world) hang(method string) (begun <-chan struct{}, land func()) {
	w.mortal()
	var hung atomic.Bool
	on, release, landed := make(chan struct{}), make(chan struct{}), make(chan struct{})
	w.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method != method || strings.HasSuffix(r.URL.Path, "suiteql") || !hung.CompareAndSwap(false, true) {
			next.ServeHTTP(rw, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.t.Error(err)
		}
		late := r.Clone(context.WithoutCancel(r.Context()))
		late.Body = io.NopCloser(bytes.NewReader(body))
		close(on)
		<-r.Context().Done() // nobody waits for the answer any more, and NetSuite goes on
		select {
		case <-release:
			next.ServeHTTP(httptest.NewRecorder(), late)
		case <-w.ctx.Done():
		}
		close(landed)
	})
	return on, func() { close(release); <-landed }
}

// patient waits for what may be on its way until comeBack is called.
func patient(o *Options) { o.Schedule.Unknown = []time.Duration{time.Hour} }

// hasty is patient with all but its own end.
func hasty(o *Options) {
	patient(o)
	o.Shutdown = 100 * time.Millisecond
}

// comeBack returns what is parked to its lane as if its time had come.
func (w *world) comeBack() {
	w.t.Helper()
	if _, err := w.q.ReturnDue(w.ctx, time.Now().Add(24*time.Hour)); err != nil {
		w.t.Fatal(err)
	}
}

// leaving are the ways in which a worker leaves a document with a write on its way.
var leaving = map[string]func(*worker){
	"its worker died": func(r *worker) {
		for _, nc := range r.conns {
			nc.Close()
		}
	},
	"its worker was stopped": func(r *worker) { r.stop() },
}

func TestAWriteThatLandsAfterItsWorkerHasGoneHasItsEffectOnce(t *testing.T) {
	onPO := map[string]string{"custcol_cp_shipped_quantity": "3", "custbody_cp_tracking_numbers": "T-S-1, T-S-2"}
	for _, c := range []struct {
		name, method string
		doc          *document.Document
		sent         int // writes that reach NetSuite
		check        func(*testing.T, *world)
	}{
		{"notice", http.MethodPatch, notice("S-1", day(1), 1, "PO-1"), 4, func(_ *testing.T, w *world) {
			w.wantField("PO-1", 1, "custcol_cp_shipped_quantity", onPO["custcol_cp_shipped_quantity"])
			w.wantField("PO-1", 0, "custbody_cp_tracking_numbers", onPO["custbody_cp_tracking_numbers"])
		}},
		{"bill", http.MethodPost, invoice("PO-1", "I-1", 2), 2, func(t *testing.T, w *world) {
			if b := w.sound(); len(b.VendorBills) != 1 {
				t.Errorf("%d bills", len(b.VendorBills))
			}
		}},
	} {
		for how, leave := range leaving {
			t.Run(c.name+": "+how, func(t *testing.T) {
				w := newWorld(t, 2, 8)
				w.patience = time.Minute
				w.turn(func(k *simulator.Knobs) { k.ExternalIDUnique = simulator.Off })
				begun, land := w.hang(c.method)
				gone := w.start(hasty)
				id := w.send(c.doc)[0]
				<-begun
				leave(gone)
				w.start(patient)
				w.waits(id)
				w.applied(w.send(notice("S-2", day(2), 2, "PO-2", "PO-1"))...) // by the lane of PO-2
				land()
				w.comeBack()
				w.ends(id, queue.StateApplied, "")
				c.check(t, w)
				if rec := w.last(id); len(rec.Effects) == 0 {
					t.Error("the end does not say what was changed")
				}
			})
		}
	}
}

func TestACancellationThatLandsAfterItsWorkerHasGoneIsNotSentAgain(t *testing.T) {
	for how, leave := range leaving {
		t.Run(how, func(t *testing.T) {
			w := newWorld(t, 1, 1)
			w.patience = time.Minute
			gone := w.start(hasty)
			w.applied(w.send(at(8, invoice("PO-1", "I-1", 2)))...)
			begun, land := w.hang(http.MethodPatch)
			id := w.send(at(9, withdrawal("I-1", nil)))[0]
			<-begun
			leave(gone)
			w.start(patient)
			w.waits(id)
			land()
			w.comeBack()
			w.ends(id, queue.StateApplied, "")
			if rec := w.last(id); len(rec.Effects) != 1 {
				t.Errorf("effects %+v, want the payment hold", rec.Effects)
			}
			if n := w.netsuite.Books().Calls["vendorBill patch"]; n != 1 {
				t.Errorf("the hold was sent %d times", n)
			}
		})
	}
}

func TestAReplayDoesNotSendAgainWhatMayStillBeCarriedOut(t *testing.T) {
	for name, ends := range map[string]queue.RecordType{"parked": queue.Parked, "dead letter": queue.DeadLettered} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1, 1)
			w.patience = time.Minute
			w.turn(func(k *simulator.Knobs) { k.ExternalIDUnique = simulator.Off })
			begun, land := w.hang(http.MethodPost)
			gone := w.start(hasty)
			id := w.send(invoice("PO-1", "I-1", 2))[0]
			<-begun
			leaving["its worker died"](gone)
			if ends == queue.DeadLettered {
				w.poison(id)
			}
			w.start(patient)
			w.until("it is "+name, func() bool { return w.last(id).Type == ends })
			if _, err := w.q.Replay(w.ctx, id, queue.Decision{Actor: "ops", Note: "at once"}); err != nil {
				t.Fatal(err)
			}
			w.until("the replay has ended", func() bool {
				types := w.types(id)
				return slices.Contains(types, queue.Replayed) && types[len(types)-1].Terminal()
			})
			land()
			w.comeBack()
			w.ends(id, queue.StateApplied, "")
			if b := w.sound(); len(b.VendorBills) != 1 {
				t.Errorf("%d bills", len(b.VendorBills))
			}
		})
	}
}

// poison counts so many starts without an end on a document that the next run refuses it.
func (w *world) poison(id string) {
	w.t.Helper()
	q, _ := w.connected("poison")
	lane, err := q.Lane(w.ctx, "main", 0)
	if err != nil {
		w.t.Fatal(err)
	}
	d, err := lane.Next(w.ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	rec := *d.Last
	rec.Unfinished = maxUnfinished
	if err := errors.Join(d.Append(w.ctx, rec), d.Release(0)); err != nil {
		w.t.Fatal(err)
	}
}

// waits waits until a document is parked because of a write that may be on its way, with nothing counted on it.
func (w *world) waits(id string) {
	w.t.Helper()
	w.until("it is looked at again later", func() bool {
		for _, rec := range w.history(id) {
			if rec.Type == queue.Parked && rec.Class == "unknown" && len(rec.Tries) == 0 {
				return true
			}
		}
		return false
	})
}

// last returns a document's newest record.
func (w *world) last(id string) queue.Record {
	w.t.Helper()
	all := w.history(id)
	return all[len(all)-1]
}

func TestAWriteThatMeetsAnOutageIsLookedForAfterItAndCountsNothing(t *testing.T) {
	for method, doc := range map[string]*document.Document{
		http.MethodPatch: notice("S-1", day(1), 2, "PO-1"), http.MethodPost: invoice("PO-1", "I-1", 2),
	} {
		for _, carried := range []bool{true, false} {
			t.Run(fmt.Sprint(method, " carried out: ", carried), func(t *testing.T) {
				w := newWorld(t, 1, 1)
				var down atomic.Bool
				w.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
					if r.Method == method && !strings.HasSuffix(r.URL.Path, "suiteql") && down.CompareAndSwap(false, true) {
						if carried {
							next.ServeHTTP(discard{http.Header{}}, r)
						}
						w.turn(func(k *simulator.Knobs) { k.Down = simulator.DownHTML })
						rw.WriteHeader(http.StatusServiceUnavailable)
						return
					}
					next.ServeHTTP(rw, r)
				})
				worker := w.start(func(o *Options) { o.Breaker.Failures = 1 })
				id := w.send(doc)[0]
				w.until("three probes have failed", func() bool { return worker.log.count("breaker.probed") > 2 })
				w.turn(func(k *simulator.Knobs) { k.Down = "" })
				w.ends(id, queue.StateApplied, "")
				w.uncounted(id)
				if rec := w.last(id); len(rec.Effects) == 0 {
					t.Error("the end does not say what was changed")
				}
				if b := w.sound(); method == http.MethodPatch && len(b.Writes) != 1 || method == http.MethodPost && len(b.VendorBills) != 1 {
					t.Errorf("%d writes and %d bills, want the effect once", len(b.Writes), len(b.VendorBills))
				}
			})
		}
	}
}

func TestAnOutageOfTheRecordServiceAloneCountsOnNobody(t *testing.T) {
	const orders = 20
	w := newWorld(t, orders, 4)
	var down atomic.Bool
	w.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if down.Load() && strings.Contains(r.URL.Path, "/record/v1/") {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(rw, r)
	})
	worker := w.start()
	w.applied(w.notices(1, 10)...)
	down.Store(true)
	ids := w.notices(11, orders)
	w.until("the breaker is open", func() bool { return worker.log.count(`"to":"open"`) > 0 })
	w.until("two probes have failed", func() bool { return worker.log.count("breaker.probed") > 1 })
	down.Store(false)
	w.applied(ids...)
	w.uncounted(ids...)
	w.sound()
}
