package simulator

import (
	"context"
	"testing"
	"time"

	"counterpunch/internal/testkit/wait"
)

func TestCallsWhoseCallerHungUpAreListedAndCarriedOut(t *testing.T) {
	const path = "/services/rest/record/v1/purchaseOrder/7001"
	b := newBench(t, Options{Latency: Latency{Patch: Spread{Median: Duration(time.Minute)}}})
	b.must(200, "GET", "purchaseOrder/7001", "")
	ctx, hangUp := context.WithCancel(t.Context())
	gone := make(chan answer)
	go func() {
		gone <- b.send(ctx, "PATCH", path, `{"memo":"late"}`, b.authorization("PATCH", path, nil))
	}()
	wait.Until(t.Context(), t, "the PATCH is in progress", func() bool { return b.s.Books().Calls["purchaseOrder patch"] == 1 })
	hangUp()
	<-gone
	wait.Until(t.Context(), t, "the PATCH is carried out", func() bool { return len(b.s.Books().Writes) == 1 })
	books := b.s.Books()
	if len(books.Abandoned) != 1 || books.Abandoned[0].Method != "PATCH" || books.Abandoned[0].Path != path || books.Abandoned[0].Time != start {
		t.Errorf("abandoned calls are %+v, want the PATCH alone", books.Abandoned)
	}
	if order, _ := books.Order("PO-1001"); order.Fields["memo"] != "late" {
		t.Errorf("memo is %q: NetSuite goes on when a caller hangs up", order.Fields["memo"])
	}
}
