package chaos

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// status is what a supplier is told about its document.
type status struct{ State, Reason, Detail string }

// resting says whether a document with this state is left alone by the workers.
func (s status) resting() bool { return s.State != "" && s.State != "accepted" && s.State != "parked" }

// watcher asks after documents, as their supplier may, until all have come to rest.
type watcher struct {
	installation *installation
	total        int
	nearly       chan struct{} // closed when all but a few are at rest

	ended map[string]status // by payloadID, of those at rest
}

// look asks at most so often in a row in vain before it waits.
const look = 12

// wait asks until every document is at rest. The ids, by payloadID, may still grow until sent is closed. It returns what is
// still open when ctx ends.
func (w *watcher) wait(ctx context.Context, s *sender, sent <-chan struct{}) (open int) {
	done := false
	near := sync.OnceFunc(func() { close(w.nearly) })
	defer near()
	for {
		select {
		case <-sent:
			done = true
		default:
		}
		vain := 0
		ids := s.ids()
		for payloadID, id := range ids {
			if _, known := w.ended[payloadID]; known {
				continue
			}
			var st status
			if err := w.installation.get(ctx, w.installation.intake+"/documents/"+id, "acme", &st); err == nil && st.resting() {
				w.ended[payloadID] = st
				continue
			}
			if vain++; vain >= look {
				break
			}
		}
		open = w.total - len(w.ended)
		if open <= w.total/25 {
			near()
		}
		if done && len(w.ended) == len(ids) {
			return 0
		}
		if pause(ctx, 150*time.Millisecond) != nil {
			return open
		}
	}
}

// ids returns the document ids of what was accepted so far, by payloadID.
func (s *sender) ids() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make(map[string]string, len(s.accepted))
	for payloadID, id := range s.accepted {
		ids[payloadID] = id
	}
	return ids
}

// unapplied returns the documents that ended otherwise than by their effect, for people to look into.
func (w *watcher) unapplied() []string {
	var all []string
	for payloadID, st := range w.ended {
		if st.State != "applied" && st.State != "superseded" {
			all = append(all, fmt.Sprintf("%s is %s (%s): %s", payloadID, st.State, st.Reason, st.Detail))
		}
	}
	return all
}
