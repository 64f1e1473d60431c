package delivery

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"counterpunch/internal/queue"
	"counterpunch/internal/queue/embedded/embeddedtest"
)

func TestAWorkerThatStoodStillWithAWriteInItsHandsUndoesNothing(t *testing.T) {
	w := newWorld(t, 1, 1)
	frozen, wake := make(chan struct{}), make(chan struct{})
	var once atomic.Bool
	w.start(func(o *Options) {
		// It gives no sign of life for so long that its lane goes to another, and nothing tells it.
		o.Queue = w.silent(o.Name)
		o.crash = func(_ context.Context, step string) {
			if step == "attempt started" && once.CompareAndSwap(false, true) {
				close(frozen)
				<-wake
			}
		}
	})
	first := w.send(notice("S-1", day(1), 2, "PO-1"))
	<-frozen
	w.start()
	w.applied(first...)
	w.applied(w.send(notice("S-2", day(2), 3, "PO-1"))...)
	w.wantField("PO-1", 1, "custcol_cp_shipped_quantity", "5")
	writes, records := len(w.netsuite.Books().Writes), w.types(first[0])
	close(wake)
	w.until("the first worker has sent its write", func() bool { return len(w.netsuite.Books().Writes) > writes })
	w.until("the order shows both notices again", func() bool { return w.field("PO-1", 1, "custcol_cp_shipped_quantity") == "5" })
	w.wantField("PO-1", 0, "custbody_cp_tracking_numbers", "T-S-1, T-S-2")
	if got := w.types(first[0]); len(got) != len(records) {
		t.Errorf("the first worker recorded: %v, then %v", records, got)
	}
}

// silent opens an instance of the queue with signs of life so rare that there is none within a test.
func (w *world) silent(name string) *queue.Queue {
	w.t.Helper()
	q, err := queue.Open(w.ctx, embeddedtest.Connect(w.t, w.server), embeddedtest.Connect(w.t, w.server), queue.Options{
		AckWait: 3 * time.Minute, Heartbeat: time.Minute, PublishTimeout: 5 * time.Second, PullWait: time.Second, Worker: name,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return q
}
