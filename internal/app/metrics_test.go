package app_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"counterpunch/fixtures"
	"counterpunch/fixtures/fixturetest"
	"counterpunch/internal/cxml"
	"counterpunch/internal/demo"
	"counterpunch/internal/queue"
)

// The metrics of both admin ports after all fixtures, compared with what the answers, the histories and the simulator's
// books say.
func TestMetricsAreTheTruth(t *testing.T) {
	w := open(t, demo.Options{})
	all := fixturetest.All(t)
	report, err := w.Run(t.Context(), all, func(fixtures.Fixture) {})
	if err != nil {
		t.Fatal(err)
	}
	intake, worker := scrape(t, w.Addresses().IngestAdmin), scrape(t, w.Addresses().WorkerAdmin)
	same := func(what string, want, got map[string]int) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-truth +metric):\n%s", what, diff)
		}
	}
	same("intake by supplier, kind and answer", answersOf(t, all, report), intake.sum("counterpunch_intake_documents_total", "supplier", "kind", "answer"))
	same("requests", map[string]int{"": len(all)}, intake.sum("counterpunch_intake_seconds_count"))

	truth := histories(t, w, report)
	same("documents by kind and state", truth.states, worker.sum("counterpunch_documents_total", "kind", "state"))
	same("attempts by class", truth.classes, worker.sum("counterpunch_attempts_total", "class"))
	same("end to end", map[string]int{"main": truth.ended}, worker.sum("counterpunch_end_to_end_seconds_count", "account"))
	same("dead letters by reason", truth.dead, worker.sum("counterpunch_dead_letters", "reason"))
	same("parked by reason", truth.parked, worker.sum("counterpunch_parked", "reason"))

	books := w.NetSuite.Books()
	calls := map[string]int{"main": books.TotalCalls}
	same("call latencies", calls, worker.sum("counterpunch_netsuite_call_seconds_count", "account"))
	same("calls", calls, worker.sum("counterpunch_netsuite_calls_total", "account"))
	suiteql := map[string]int{"post suiteql": books.Calls["suiteql"], "get purchaseOrder": books.Calls["purchaseOrder get"], "patch purchaseOrder": books.Calls["purchaseOrder patch"]}
	byCall := worker.sum("counterpunch_netsuite_calls_total", "call")
	for call, n := range suiteql {
		if n == 0 || byCall[call] != n {
			t.Errorf("%d calls %q are counted, the books have %d", byCall[call], call, n)
		}
	}

	for name, want := range map[string]float64{
		`counterpunch_queue_readable`:                                    1,
		`counterpunch_queue_depth{account="main"}`:                       0,
		`counterpunch_queue_oldest_seconds{account="main"}`:              0,
		`counterpunch_parked_past_due{account="main"}`:                   0,
		`counterpunch_breaker_state{account="main",state="closed"}`:      1,
		`counterpunch_breaker_state{account="main",state="open"}`:        0,
		`counterpunch_credential_state{account="main",state="proven"}`:   1,
		`counterpunch_credential_state{account="main",state="unproven"}`: 0,
		`counterpunch_account_held{account="main"}`:                      0,
		`counterpunch_netsuite_slots_busy{account="main"}`:               0,
	} {
		if got, ok := worker[name]; !ok || got != want {
			t.Errorf("%s is %v (%v), want %v", name, got, ok, want)
		}
	}
	if got := intake["counterpunch_intake_in_flight"]; got != 0 {
		t.Errorf("%v requests are in flight", got)
	}
}

// answersOf counts what each supplier was told, from the documents and their answers. A supplier is known once it has
// proved who it is; before that a stranger could fill the metrics with names.
func answersOf(t *testing.T, all []fixtures.Fixture, report demo.Report) map[string]int {
	t.Helper()
	names := map[string]string{"111111111": "acme", "222222222": "globex", "333333333": "initech"}
	refusals := map[int]string{400: "bad-request", 401: "unauthorized", 403: "forbidden", 406: "not-acceptable", 409: "conflict", 450: "not-implemented"}
	counts, seen := map[string]int{}, map[string]bool{}
	for i, f := range all {
		r := report.Documents[i]
		supplier, kind, answer := "unknown", "unknown", refusals[r.Code]
		if env, err := cxml.Parse(t.Context(), f.Body, "", cxml.DefaultLimits()); err == nil {
			if r.Code != 401 {
				supplier = names[env.Sender[0].Identity]
			}
			if k, ok := env.Kind(); ok {
				kind = string(k)
			}
			switch {
			case r.Code != 200:
			case env.PayloadName() == "ProfileRequest":
				answer = "profile"
			case env.DeploymentMode == "test":
				answer = "tested"
			case seen[r.ID]:
				answer = "repeated"
			default:
				answer = "accepted"
			}
		}
		seen[r.ID] = true
		counts[strings.Join([]string{supplier, kind, answer}, " ")]++
	}
	return counts
}

type historyTruth struct {
	states, classes, dead, parked map[string]int
	ended                         int
}

// histories counts what the documents' own records say.
func histories(t *testing.T, w *demo.World, report demo.Report) historyTruth {
	t.Helper()
	truth := historyTruth{states: map[string]int{}, classes: map[string]int{}, dead: map[string]int{}, parked: map[string]int{}}
	seen := map[string]bool{"": true}
	for _, d := range report.Documents {
		if seen[d.ID] {
			continue
		}
		seen[d.ID] = true
		records, err := w.Serve.Queue.History(t.Context(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if !r.Type.Terminal() {
				continue
			}
			class := r.Class
			if class == "" {
				class = "ok"
			}
			truth.classes[class]++
			truth.states[string(r.Kind)+" "+string(r.Type)]++
			if r.Type != queue.Parked {
				truth.ended++
			}
		}
		switch last := records[len(records)-1]; last.Type {
		case queue.DeadLettered:
			truth.dead[string(last.Reason)]++
		case queue.Parked:
			truth.parked[string(last.Reason)]++
		}
	}
	if len(truth.dead) < 5 || len(truth.parked) < 2 {
		t.Fatalf("the fixtures prove too little: %+v", truth)
	}
	return truth
}
