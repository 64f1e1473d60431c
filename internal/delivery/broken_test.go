package delivery

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/queue"
)

func TestAStoredDocumentThatCannotBeReadGoesToAPerson(t *testing.T) {
	w := newWorld(t, 1, 1)
	nc, err := w.server.Connect("breaker")
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	var broken []string
	for i, kind := range document.Kinds() {
		id := event.DocumentID("main", "acme", kind, fmt.Sprint("broken", i), "")
		broken = append(broken, id)
		if _, err := nc.Request("inbound.main.0."+string(kind)+"."+event.Key(id), []byte("{"), time.Second); err != nil {
			t.Fatal(err)
		}
	}
	w.start()
	good := w.notices(1, 1)
	for _, id := range broken {
		w.until("a person has it", func() bool {
			h := w.history(id)
			return len(h) == 1 && h[0].Type == queue.DeadLettered && h[0].Reason == "internal"
		})
	}
	w.applied(good...)
}

func TestAPanicGoesToAPersonAndTheOthersGoOn(t *testing.T) {
	w := newWorld(t, 1, 1)
	var once atomic.Bool
	w.start(func(o *Options) {
		o.crash = func(_ context.Context, step string) {
			if step == "ledger saved" && once.CompareAndSwap(false, true) {
				panic("a fault of ours")
			}
		}
	})
	ids := w.send(notice("S-1", day(1), 1, "PO-1"), notice("S-2", day(2), 2, "PO-1"))
	st := w.ends(ids[0], queue.StateDeadLettered, "internal")
	if !strings.Contains(st.Detail, "a fault of ours") {
		t.Errorf("detail %q", st.Detail)
	}
	w.applied(ids[1])
}

func TestAnEndThatCannotBeRecordedDoesNotKeepTheLane(t *testing.T) {
	w := newWorld(t, 1, 1)
	worker := w.start(func(o *Options) { o.Shutdown = 300 * time.Millisecond })
	nc, err := w.server.Connect("vandal")
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err == nil {
		err = js.DeleteStream(w.ctx, "DEADLETTERS")
	}
	if err != nil {
		t.Fatal(err)
	}
	id := w.sendAs("globex", notice("S-1", day(1), 1, "PO-1"))
	w.until("it cannot be recorded", func() bool { return worker.log.count("lane.failed") > 0 })
	w.queue("repair") // makes the stream again
	w.ends(id, queue.StateDeadLettered, "wrong-vendor")
}
