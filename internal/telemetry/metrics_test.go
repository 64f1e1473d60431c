package telemetry

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"counterpunch/internal/document"
	"counterpunch/internal/reason"
)

func TestNamesFollowTheRulesOfPrometheus(t *testing.T) {
	r := NewRegistry("worker")
	NewIntake(r, []string{"acme"}).Document("acme", document.KindInvoice, Accepted, time.Second)
	d := NewDelivery(r, []string{"main"})
	d.Call("main", "get purchaseOrder", "", time.Second)
	r.MustRegister(NewQueueCollector(QueueOptions{Read: func(context.Context) (map[string]AccountQueue, error) {
		return map[string]AccountQueue{"main": {}}, nil
	}}))
	problems, err := testutil.GatherAndLint(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "counterpunch_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, f := range families {
		have[f.GetName()] = true
	}
	for _, name := range strings.Fields(`build_info intake_documents_total intake_seconds intake_in_flight queue_readable
		queue_depth queue_oldest_seconds parked parked_past_due dead_letters dead_letter_oldest_seconds attempts_total
		documents_total netsuite_call_seconds netsuite_calls_total netsuite_slots_busy breaker_state credential_state
		account_held end_to_end_seconds`) {
		if !have["counterpunch_"+name] {
			t.Errorf("counterpunch_%s is not there", name)
		}
	}
}

func TestSuppliersFromOutsideAreOneLabelValue(t *testing.T) {
	r := prometheus.NewRegistry()
	m := NewIntake(r, []string{"acme"})
	before := testutil.CollectAndCount(m.documents)
	for _, s := range []string{"x1", "x2", "ACME", ""} {
		m.Document(s, document.Kind(s), Unauthorized, time.Millisecond)
	}
	if after := testutil.CollectAndCount(m.documents); after != before {
		t.Errorf("strangers made %d new series", after-before)
	}
	if n := testutil.ToFloat64(m.documents.WithLabelValues(Unknown, Unknown, string(Unauthorized))); n != 4 {
		t.Errorf("%v documents of strangers were counted, want 4", n)
	}
	m.Document("acme", document.KindInvoice, Repeated, time.Millisecond)
	if n := testutil.ToFloat64(m.documents.WithLabelValues("acme", "invoice", "repeated")); n != 1 {
		t.Errorf("%v documents of acme were counted, want 1", n)
	}
}

func TestInFlight(t *testing.T) {
	m := NewIntake(prometheus.NewRegistry(), nil)
	end := m.Begin()
	if n := testutil.ToFloat64(m.inFlight); n != 1 {
		t.Errorf("%v in flight, want 1", n)
	}
	end()
	if n := testutil.ToFloat64(m.inFlight); n != 0 {
		t.Errorf("%v in flight after the end, want 0", n)
	}
}

func TestEveryCodeHasAnAnswer(t *testing.T) {
	for code, want := range map[int]Answer{200: Accepted, 400: BadRequest, 401: Unauthorized, 403: Forbidden, 406: NotAcceptable, 409: Conflict, 412: BadRequest, 450: NotImplemented, 500: Failed, 560: Later, 551: Failed} {
		if got := AnswerTo(code); got != want {
			t.Errorf("AnswerTo(%d) = %s, want %s", code, got, want)
		}
	}
}

func TestSeriesOfAnAccountStartAtZero(t *testing.T) {
	m := NewDelivery(prometheus.NewRegistry(), []string{"main"})
	for name, c := range map[string]struct {
		from prometheus.Collector
		want int
	}{
		"attempts":   {m.attempts, len(classes)},
		"documents":  {m.documents, len(states) * len(document.Kinds())},
		"breaker":    {m.breaker, len(breakerStates)},
		"credential": {m.credential, len(credentialStates)},
		"held":       {m.held, 1},
		"replays":    {m.replays, len(replayOutcomes)},
		"end to end": {m.endToEnd, 1},
	} {
		if got := testutil.CollectAndCount(c.from); got != c.want {
			t.Errorf("%s has %d series, want %d", name, got, c.want)
		}
	}
	m.Attempt("main", "")
	if n := testutil.ToFloat64(m.attempts.WithLabelValues("main", "ok")); n != 1 {
		t.Errorf("an attempt without an error counts %v under ok", n)
	}
}

func TestOneStateAtATime(t *testing.T) {
	m := NewDelivery(prometheus.NewRegistry(), []string{"main"})
	m.Breaker("main", "open")
	m.Credential("main", "held")
	for _, s := range breakerStates {
		if n := testutil.ToFloat64(m.breaker.WithLabelValues("main", s)); n != number(s == "open") {
			t.Errorf("breaker %s is %v", s, n)
		}
	}
	for _, s := range credentialStates {
		if n := testutil.ToFloat64(m.credential.WithLabelValues("main", s)); n != number(s == "held") {
			t.Errorf("credential %s is %v", s, n)
		}
	}
}

func TestQueueIsReadWhenAskedAndNotTooOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reads, failing := 0, false
		c := NewQueueCollector(QueueOptions{Cache: 5 * time.Second, Read: func(context.Context) (map[string]AccountQueue, error) {
			reads++
			if failing {
				return map[string]AccountQueue{"main": {Depth: 99}}, errors.New("no responders") // half a reading
			}
			return map[string]AccountQueue{"main": {
				Depth: reads, Oldest: 90 * time.Second, ParkedPastDue: 2, OldestDeadLetter: time.Hour,
				Parked: map[reason.Code]int{reason.OrderNotFound: 3}, DeadLetters: map[reason.Code]int{reason.WrongVendor: 1},
			}}, nil
		}})
		check := func(want string) {
			t.Helper()
			err := testutil.CollectAndCompare(c, strings.NewReader(want), "counterpunch_queue_depth", "counterpunch_queue_readable", "counterpunch_queue_oldest_seconds")
			if err != nil {
				t.Error(err)
			}
		}
		const good = `
# HELP counterpunch_queue_depth Accepted documents that are not yet brought to an end.
# TYPE counterpunch_queue_depth gauge
counterpunch_queue_depth{account="main"} 1
# HELP counterpunch_queue_oldest_seconds Age of the oldest of them; 0 when there is none.
# TYPE counterpunch_queue_oldest_seconds gauge
counterpunch_queue_oldest_seconds{account="main"} 90
# HELP counterpunch_queue_readable 1 when the state of the queue could be read, else 0.
# TYPE counterpunch_queue_readable gauge
counterpunch_queue_readable 1
`
		const unreadable = `
# HELP counterpunch_queue_readable 1 when the state of the queue could be read, else 0.
# TYPE counterpunch_queue_readable gauge
counterpunch_queue_readable 0
`
		check(good)
		time.Sleep(4 * time.Second)
		check(good) // from the cache: the depth would be 2
		if n := testutil.CollectAndCount(c, "counterpunch_dead_letters"); n != len(reason.Codes()) {
			t.Errorf("%d series of dead letters, want one a reason", n)
		}
		failing = true
		time.Sleep(2 * time.Second)
		check(unreadable)
		failing = false
		check(unreadable) // a failure is kept as long
		time.Sleep(6 * time.Second)
		check(strings.Replace(good, "} 1\n", "} 3\n", 1))
		if reads != 3 {
			t.Errorf("the queue was read %d times, want 3", reads)
		}
	})
}

func TestSlowQueueDoesNotHoldUpTheScrape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewQueueCollector(QueueOptions{Timeout: 2 * time.Second, Read: func(ctx context.Context) (map[string]AccountQueue, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}})
		start := time.Now()
		if n := testutil.CollectAndCount(c); n != 1 {
			t.Errorf("%d series, want counterpunch_queue_readable alone", n)
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("took %s", took)
		}
	})
}
