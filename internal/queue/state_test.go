package queue

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/order"
	"counterpunch/internal/queue/embedded"
	"counterpunch/internal/reason"
)

func withCancel(f *fixture) (context.Context, context.CancelFunc) { return context.WithCancel(f.ctx) }

func TestLedgersAreWrittenUnderCompareAndSet(t *testing.T) {
	f := newFixture(t)
	ledgers := f.queue().Ledgers()
	l, rev, err := ledgers.Load(f.ctx, "main", "7001")
	if err != nil || rev != 0 || l.OrderID != "7001" {
		t.Fatalf("%+v, %d, %v", l, rev, err)
	}
	const writers = 8
	var lost atomic.Int32
	parallel(writers, func(i int) {
		for {
			l, rev, err := ledgers.Load(f.ctx, "main", "7001")
			if err != nil {
				t.Error(err)
				return
			}
			e := doc("PO-1", fmt.Sprint("p", i))
			l.Add(order.Contributions(e.Data.Document, e.ID, uint64(i), document.OrderReference{OrderID: "PO-1"}))
			_, err = ledgers.Save(f.ctx, l, rev)
			if err == nil {
				return
			}
			if !errors.Is(err, ErrChanged) {
				t.Error(err)
				return
			}
			lost.Add(1)
		}
	})
	l, _, err = ledgers.Load(f.ctx, "main", "7001")
	if err != nil || len(l.Contributions) != writers {
		t.Errorf("%d contributions, want %d: %v", len(l.Contributions), writers, err)
	}
	if _, err := ledgers.Save(f.ctx, l, 1<<40); !errors.Is(err, ErrChanged) {
		t.Errorf("an odd revision: %v", err)
	}
}

func TestALedgerThatIsTooLargeForAnEntryIsStoredApart(t *testing.T) {
	f := startFixture(t, embedded.Options{MaxPayload: 64 << 10})
	q := f.queue()
	ledgers := q.Ledgers()
	rev := uint64(0)
	var l order.Ledger
	for i := range 3 {
		e := doc("PO-1", fmt.Sprint("p", i))
		for n := range 3000 {
			e.Data.Document.OrderConfirmation.Items = append(e.Data.Document.OrderConfirmation.Items, document.ConfirmationItem{
				LineNumber: n + 1, Statuses: []document.ConfirmationStatus{{Type: document.StatusAccept}}})
		}
		var err error
		if l, rev, err = ledgers.Load(f.ctx, "main", "7001"); err != nil {
			t.Fatal(err)
		}
		l.Add(order.Contributions(e.Data.Document, e.ID, uint64(i), document.OrderReference{OrderID: "PO-1"}))
		if rev, err = ledgers.Save(f.ctx, l, rev); err != nil {
			t.Fatal(err)
		}
	}
	back, again, err := ledgers.Load(f.ctx, "main", "7001")
	if err != nil || again != rev {
		t.Fatalf("revision %d, want %d: %v", again, rev, err)
	}
	if diff := cmp.Diff(l, back, cmp.Comparer(func(a, b document.Decimal) bool { return a.Equal(b) })); diff != "" {
		t.Error(diff)
	}
	sweep := sweeper{q: q}
	for round, want := range []int{3, 1} {
		if _, err := sweep.round(f.ctx); err != nil {
			t.Fatal(err)
		}
		objects, err := q.objects.List(f.ctx)
		if err != nil || len(objects) != want {
			t.Errorf("%d objects after round %d, want %d: %v", len(objects), round+1, want, err)
		}
	}
	if _, _, err := ledgers.Load(f.ctx, "main", "7001"); err != nil {
		t.Error(err)
	}
}

func TestTheCacheTakesAnyNumber(t *testing.T) {
	f := newFixture(t)
	cache := f.queue().Cache()
	for i, number := range []string{"PO-1", "po 2/ä", "*.>", "=41", "A", "..", "日本"} {
		want := CachedOrder{ID: fmt.Sprint(i), Vendor: "501", Number: number}
		if err := cache.PutOrder(f.ctx, "main", want); err != nil {
			t.Fatal(err)
		}
		got, ok, err := cache.Order(f.ctx, "main", " "+strings.ToLower(number)+" ")
		if err != nil || !ok || got != want {
			t.Errorf("%q: %+v, %t, %v", number, got, ok, err)
		}
	}
	if err := cache.DropOrder(f.ctx, "main", "po-1"); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := cache.Order(f.ctx, "main", "PO-1"); ok || err != nil {
		t.Errorf("after drop: %t, %v", ok, err)
	}
	if _, ok, err := cache.Order(f.ctx, "other", "A"); ok || err != nil {
		t.Errorf("another account: %t, %v", ok, err)
	}
}

func TestLongOrderNumberKeepsTheConnection(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	number := strings.Repeat("9", 8000)
	if err := q.Cache().PutOrder(f.ctx, "main", CachedOrder{Number: number, ID: "7001"}); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := q.Cache().Order(f.ctx, "main", number); got.ID != "7001" || !ok || err != nil {
		t.Errorf("%+v, %t, %v", got, ok, err)
	}
}

func FuzzKeysAreSafeAndDistinct(f *testing.F) {
	f.Add("a", "b.c")
	f.Add("=41", "A")
	f.Add("", "=")
	f.Add(strings.Repeat("a", 8000), strings.Repeat("a", 8001))
	f.Fuzz(func(t *testing.T, a, b string) {
		ka, kb := encodeKey("x", a), encodeKey("x", b)
		if (ka == kb) != (a == b) {
			t.Errorf("%q and %q: %s and %s", a, b, ka, kb)
		}
		if strings.Trim(ka, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=.") != "" || strings.HasSuffix(ka, ".") {
			t.Errorf("%q has key %s", a, ka)
		}
		if len(ka) > 1000 {
			t.Errorf("%q has a key of %d bytes", a, len(ka))
		}
		if got := decodeKey(encodeKey(a)); got != a && len(a) <= maxPart {
			t.Errorf("%q came back as %q", a, got)
		}
	})
}

func TestAccountsAgreeOnLanesAndAreWatched(t *testing.T) {
	f := newFixture(t)
	a, b := f.queue(func(o *Options) { o.Lanes = 3 }), f.queue(func(o *Options) { o.Lanes = 7 })
	counts := make([]int, 8)
	parallel(len(counts), func(i int) {
		var err error
		if counts[i], err = []*Queue{a, b}[i%2].Lanes(f.ctx, "main"); err != nil {
			t.Error(err)
		}
	})
	for _, n := range counts {
		if n != counts[0] {
			t.Fatalf("lanes %v", counts)
		}
	}
	ctx, stop := withCancel(f)
	defer stop()
	updates, err := b.Accounts().Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if u := <-updates; u.Account != "main" || u.State.Lanes != counts[0] {
		t.Errorf("first update %+v", u)
	}
	if u := <-updates; !u.Ready {
		t.Errorf("second update %+v", u)
	}
	parallel(5, func(int) {
		if err := a.Accounts().Update(f.ctx, "main", func(s *AccountState) error { s.SetLanes(s.Lanes + 1); return nil }); err != nil {
			t.Error(err)
		}
	})
	for u := range updates {
		if u.State.Lanes == counts[0]+5 {
			break
		}
	}
	stop2 := errors.New("no")
	if err := a.Accounts().Update(f.ctx, "main", func(*AccountState) error { return stop2 }); !errors.Is(err, stop2) {
		t.Errorf("the error of the change: %v", err)
	}
	b.lanes.Close()
	for range updates {
	}
}

// As after a restore: the new bucket counts its revisions from an earlier one than those that were seen.
func TestAWatchOfABucketThatIsMadeAnewShowsTheNewOne(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	for range 5 {
		if err := q.Accounts().Update(f.ctx, "main", func(s *AccountState) error { s.SetLanes(s.Lanes + 1); return nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := q.Jobs().Create(f.ctx, Job{Author: "ops"}, []JobItem{{ID: "d"}}); err != nil {
			t.Fatal(err)
		}
	}
	accounts, err := q.Accounts().Watch(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := q.Jobs().Watch(f.ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		<-jobs
	}
	for _, bucket := range []string{bucketAccounts, bucketJobs} {
		if err := q.laneJS.DeleteKeyValue(f.ctx, q.o.stream(bucket)); err != nil {
			t.Fatal(err)
		}
	}
	again := f.queue()
	made, err := again.Jobs().Create(f.ctx, Job{Author: "ops"}, []JobItem{{ID: "d"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Accounts().Update(f.ctx, "main", func(s *AccountState) error { s.Held = true; return nil }); err != nil {
		t.Fatal(err)
	}
	for u := range accounts {
		if u.State.Held {
			t.Error("the watch of the bucket that is gone shows the new one; it must end, for what it has shown is no more")
		}
	}
	for j := range jobs {
		if j.ID == made.ID {
			break
		}
	}
	if f.ctx.Err() != nil {
		t.Error("the new job is not reported")
	}
}

func TestLoweringTheLanesKeepsTheOldOnesServed(t *testing.T) {
	f := newFixture(t)
	q := f.queue(func(o *Options) { o.Lanes = 8 })
	if _, err := q.Lanes(f.ctx, "main"); err != nil {
		t.Fatal(err)
	}
	if err := q.Accounts().Update(f.ctx, "main", func(s *AccountState) error { s.SetLanes(2); return nil }); err != nil {
		t.Fatal(err)
	}
	s, _, err := q.Accounts().Get(f.ctx, "main")
	if err != nil || s.Lanes != 2 || s.MostLanes != 8 {
		t.Errorf("%+v, %v", s, err)
	}
	if n, err := q.Lanes(f.ctx, "main"); err != nil || n != 2 {
		t.Errorf("lanes %d, %v", n, err)
	}
}

func TestDepthTellsWhatWaits(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	e := doc("PO-1", "p0")
	before := time.Now()
	for i := range 3 {
		f.publish(q, doc("PO-1", fmt.Sprint("p", i)))
	}
	check := func(what string, waiting, working int) {
		t.Helper()
		d, err := q.Depth(f.ctx, "main")
		if err != nil {
			t.Fatal(err)
		}
		if d.Waiting != waiting || d.Working != working || len(d.Lanes) != 4 {
			t.Errorf("%s: %+v", what, d)
		}
		if waiting+working > 0 && (d.Oldest.Before(before.Add(-time.Second)) || d.Oldest.After(time.Now())) {
			t.Errorf("%s: oldest %s", what, d.Oldest)
		}
		if waiting+working == 0 && !d.Oldest.IsZero() {
			t.Errorf("%s: oldest %s", what, d.Oldest)
		}
	}
	check("no worker yet", 3, 0)
	l := f.lane(q, e)
	d := f.next(l)
	check("one out", 2, 1)
	f.end(d, Record{Type: Applied})
	check("one done", 2, 0)
	second := f.next(l)
	if depth, err := q.Depth(f.ctx, "main"); err != nil || !depth.Oldest.Equal(second.Received) {
		t.Errorf("oldest %s, want that of the second %s: %v", depth.Oldest, second.Received, err)
	}
	f.end(second, Record{Type: Applied})
	f.end(f.next(l), Record{Type: Applied})
	check("all done", 0, 0)
}

func TestCountsAndDocuments(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	past := time.Now().Add(-time.Minute)
	names := []string{"applied", "dead", "parked", "waiting"}
	for i, name := range names {
		e := doc(fmt.Sprint("PO-", name), name)
		e.Time = time.Date(2026, 1, 1+i, 0, 0, 0, 0, time.UTC)
		f.publish(q, e)
		switch name {
		case "applied":
			f.end(f.next(f.lane(q, e)), Record{Type: Applied})
		case "dead":
			f.end(f.next(f.lane(q, e)), Record{Type: DeadLettered, Reason: reason.OrderClosed})
		case "parked":
			f.end(f.next(f.lane(q, e)), Record{Type: Parked, Due: &past, Reason: reason.OrderNotFound})
		}
	}
	c, err := q.Counts(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if c.DeadLetters[CountKey{"main", reason.OrderClosed}] != 1 || c.Parked[CountKey{"main", reason.OrderNotFound}] != 1 || c.PastDue["main"] != 1 || c.OldestDeadLetter["main"].IsZero() {
		t.Errorf("%+v", c)
	}
	for _, tt := range []struct {
		name string
		f    Filter
		want string
	}{
		{"all, newest first", Filter{}, "waiting parked dead applied"},
		{"limit", Filter{Limit: 2}, "waiting parked"},
		{"state applied", Filter{State: StateApplied}, "applied"},
		{"state accepted", Filter{State: StateAccepted, Limit: 1}, "waiting"},
		{"state parked", Filter{State: StateParked}, "parked"},
		{"state dead-lettered", Filter{State: StateDeadLettered, Account: "main"}, "dead"},
		{"reason", Filter{Reason: reason.OrderClosed}, "dead"},
		{"order", Filter{Order: " po-dead "}, "dead"},
		{"number", Filter{Number: "c-applied"}, "applied"},
		{"kind", Filter{Kind: document.KindInvoice}, ""},
		{"account", Filter{Account: "other"}, ""},
		{"supplier", Filter{Supplier: "globex"}, ""},
		{"since", Filter{Since: time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC)}, "waiting parked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, err := q.Documents(f.ctx, tt.f)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range list {
				got = append(got, s.PayloadID)
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
}

func TestDocumentsGoesBackOverWindows(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	oldest := doc("PO-old", "oldest")
	f.publish(q, oldest)
	e := doc("PO-1", "p")
	for i := range documentsWindow + 10 {
		// Messages without a meaning are enough to fill the windows.
		if _, err := q.js.PublishAsync(q.o.subject(fmt.Sprintf("inbound.filler.0.%s.%d", e.Kind, i)), nil); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case <-q.js.PublishAsyncComplete():
	case <-f.ctx.Done():
		t.Fatal("publishing takes too long")
	}
	list, err := q.Documents(f.ctx, Filter{Order: "PO-old"})
	if err != nil || len(list) != 1 || list[0].ID != oldest.ID {
		t.Errorf("%v, %v", list, err)
	}
}

func TestUnknownDocuments(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	for _, id := range []string{event.DocumentID("a", "b", "c", "d", ""), "", "*", "a.b", ">"} {
		if _, _, err := q.Find(f.ctx, id); !errors.Is(err, ErrNotFound) {
			t.Errorf("find %q: %v", id, err)
		}
		if _, err := q.Status(f.ctx, id); !errors.Is(err, ErrNotFound) {
			t.Errorf("status %q: %v", id, err)
		}
		if _, err := q.Letter(f.ctx, id); !errors.Is(err, ErrNotFound) {
			t.Errorf("letter %q: %v", id, err)
		}
	}
}

func TestAFullArchiveRefuses(t *testing.T) {
	f := newFixture(t)
	q := f.queue(func(o *Options) { o.MaxBytes = 4 << 10 })
	var err error
	for i := 0; i < 20 && err == nil; i++ {
		_, err = q.Publish(f.ctx, doc("PO-1", fmt.Sprint("p", i)))
	}
	if !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]Options{
		"prefix":    {Prefix: "a.b"},
		"replicas":  {Replicas: 9},
		"lanes":     {Lanes: MaxLanes + 1},
		"heartbeat": {AckWait: time.Second, Heartbeat: time.Second},
		"bytes":     {MaxBytes: -1},
	} {
		if err := o.withDefaults().validate(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := (Options{}).withDefaults().validate(); err != nil {
		t.Error(err)
	}
}

func TestDurabilityIsStated(t *testing.T) {
	f := newFixture(t)
	answers := map[string]string{
		"/sync/varz": `{"jetstream":{"config":{"sync_always":true}}}`,
		"/lazy/varz": `{"jetstream":{"config":{"sync_interval":120000000000}}}`,
		"/none/varz": `{"jetstream":{}}`,
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, answers[r.URL.Path]) }))
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	t.Cleanup(web.Close)
	for _, tt := range []struct {
		name   string
		change func(*Options)
		strict bool
		words  string
	}{
		{"nothing known", func(*Options) {}, false, "set nats.monitoring_url"},
		{"embedded", func(o *Options) { o.Durability = &Guarantee{Known: true, SyncAlways: true, Source: "embedded"} }, true, "on disk"},
		{"asked: always", func(o *Options) { o.MonitoringURL = web.URL + "/sync/" }, true, "on disk"},
		{"asked: lazy", func(o *Options) { o.MonitoringURL = web.URL + "/lazy" }, false, "two minutes"},
		{"asked: no jetstream", func(o *Options) { o.MonitoringURL = web.URL + "/none" }, false, "/none does not say"},
		{"asked: no answer", func(o *Options) { o.MonitoringURL = "http://127.0.0.1:1" }, false, "http://127.0.0.1:1 does not say"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := f.queue(tt.change)
			if g := q.Guarantee(f.ctx); g.Strict() != tt.strict || g.Replicas != 1 || !strings.Contains(q.Durability(f.ctx), tt.words) {
				t.Errorf("%+v: %s", g, g)
			}
			if err := q.Ready(f.ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// Somebody who only looks while a restore is under way must not make the streams that it is about to bring back.
func TestAGuestMakesNoStreams(t *testing.T) {
	f := newFixture(t)
	o := Options{Prefix: "t", Guest: true}
	_, err := Open(f.ctx, f.connect(), f.connect(), o)
	if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "start a worker") {
		t.Errorf("%v", err)
	}
	stores, err := CheckStores(f.ctx, f.connect(), o)
	for _, s := range stores {
		if !s.Missing {
			t.Errorf("stream %s was made", s.Stream)
		}
	}
	if err != nil || len(stores) == 0 {
		t.Errorf("%d streams, %v", len(stores), err)
	}
}

func TestAGuestLeavesTheSettingsOfTheInstallation(t *testing.T) {
	f := newFixture(t)
	settings := func(q *Queue) [2]int64 {
		stream, err := q.js.Stream(f.ctx, q.o.stream(inbound))
		if err != nil {
			t.Fatal(err)
		}
		bucket, err := q.kv[q.o.stream(bucketCache)].Status(f.ctx)
		if err != nil {
			t.Fatal(err)
		}
		return [2]int64{stream.CachedInfo().Config.MaxBytes, int64(bucket.TTL())}
	}
	change := func(o *Options) { o.MaxBytes, o.CacheAge = 64<<20, time.Hour }
	set := settings(f.queue(change))
	if want := [2]int64{64 << 20, int64(time.Hour)}; set != want {
		t.Fatalf("set up with %v, want %v", set, want)
	}
	if got := settings(f.queue(func(o *Options) { o.Guest = true })); got != set {
		t.Errorf("after a guest they are %v, want %v", got, set)
	}
	if got := settings(f.queue()); got == set {
		t.Errorf("after a process with other settings they are still %v", got)
	}
}

func TestOrphanedObjectsAreSwept(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	keep, err := q.PutAttachment(f.ctx, []byte("kept"))
	if err != nil {
		t.Fatal(err)
	}
	orphan, err := q.PutAttachment(f.ctx, []byte("orphan"))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := q.SweepObjects(f.ctx, time.Hour, func(string) bool { return false }); n != 0 || err != nil {
		t.Errorf("young objects: %d, %v", n, err)
	}
	if n, err := q.SweepObjects(f.ctx, 0, func(ref string) bool { return ref == keep }); n != 1 || err != nil {
		t.Errorf("%d swept, %v", n, err)
	}
	if _, err := q.Object(f.ctx, orphan); !errors.Is(err, ErrNotFound) {
		t.Errorf("the orphan: %v", err)
	}
	if b, err := q.Object(f.ctx, keep); err != nil || string(b) != "kept" {
		t.Errorf("%q, %v", b, err)
	}
}
