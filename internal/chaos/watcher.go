package chaos

import (
	"context"
	"encoding/json"
	"maps"
	"sync"
	"time"
)

// status is what a supplier is told about its document.
type status struct{ State, Reason, Detail string }

// resting says whether a document with this state is left alone by the workers.
func (s status) resting() bool { return s.State != "" && s.State != "accepted" && s.State != "parked" }

// watcher asks after documents, as their supplier may, until all have come to rest.
type watcher struct {
	supplier *Supplier
	total    int
	nearly   chan struct{} // closed when all but a few are at rest

	mu    sync.Mutex
	anew  bool              // what was at rest may not be any more
	ended map[string]status // by payloadID, of those at rest
}

func newWatcher(s *Supplier, total int) *watcher {
	return &watcher{supplier: s, total: total, nearly: make(chan struct{}), ended: map[string]status{}}
}

// look asks at most so often in a row in vain before it waits.
const look = 12

// wait asks until every document is at rest, also those that are still to be sent. It returns what is still open when ctx
// ends.
func (w *watcher) wait(ctx context.Context) (open int) {
	near := sync.OnceFunc(func() { close(w.nearly) })
	defer near()
	waiting, seen := map[string]string{}, 0
	for {
		if w.begunAnew() {
			waiting, seen = map[string]string{}, 0
		}
		fresh := w.supplier.since(seen)
		seen += len(fresh)
		maps.Copy(waiting, fresh)
		vain := 0
		for payloadID, id := range waiting {
			if st, err := w.ask(ctx, id); err == nil && st.resting() {
				delete(waiting, payloadID)
				w.mu.Lock()
				w.ended[payloadID] = st
				w.mu.Unlock()
				continue
			}
			if vain++; vain >= look {
				break
			}
		}
		open = w.total - w.resting()
		if open <= w.total/25 {
			near()
		}
		if open == 0 || pause(ctx, 150*time.Millisecond) != nil {
			return open
		}
	}
}

// again says that documents which had come to rest may have to come to rest once more.
func (w *watcher) again() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.anew, w.ended = true, map[string]status{}
}

func (w *watcher) begunAnew() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	anew := w.anew
	w.anew = false
	return anew
}

func (w *watcher) ask(ctx context.Context, id string) (status, error) {
	var st status
	text, err := fetch(ctx, w.supplier.client, w.supplier.url+"/documents/"+id, "acme", w.supplier.secret)
	if err == nil {
		err = json.Unmarshal(text, &st)
	}
	return st, err
}

// resting returns how many documents have come to rest so far.
func (w *watcher) resting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.ended)
}
