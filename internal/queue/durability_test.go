package queue

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// A server may be started again without sync, so a strict process asks while it runs, not only at its start.
func TestAStrictProcessStopsAcceptingWhenTheServerNoLongerSyncs(t *testing.T) {
	f := newFixture(t)
	var answer atomic.Value
	answer.Store(`{"jetstream":{"config":{"sync_always":true}}}`)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer.Load()) }))
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	t.Cleanup(web.Close)
	q := f.queue(func(o *Options) { o.Strict, o.MonitoringURL = true, web.URL })
	later := func(d time.Duration) { // lets time pass for the next question
		q.strict.asked, q.strict.known = q.strict.asked.Add(-d), q.strict.known.Add(-d)
	}
	f.publish(q, doc("PO-1", "synced"))

	answer.Store(`no JSON`)
	later(strictEvery)
	f.publish(q, doc("PO-1", "no answer for a moment"))
	later(strictGrace)
	if _, err := q.Publish(f.ctx, doc("PO-1", "no answer for long")); !errors.Is(err, ErrUnavailable) {
		t.Errorf("nobody knows: %v", err)
	}

	answer.Store(`{"jetstream":{"config":{}}}`)
	later(strictEvery)
	if _, err := q.Publish(f.ctx, doc("PO-1", "not synced")); !errors.Is(err, ErrUnavailable) {
		t.Errorf("not synced: %v", err)
	}
	if err := q.Ready(f.ctx); !errors.Is(err, ErrUnavailable) {
		t.Errorf("ready: %v", err)
	}

	answer.Store(`{"jetstream":{"config":{"sync_always":true}}}`)
	later(strictEvery)
	f.publish(q, doc("PO-1", "synced again"))
	if err := q.Ready(f.ctx); err != nil {
		t.Error(err)
	}
}
