package chaos

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/simulator"
)

func TestSecretIsFoundInEveryDisguise(t *testing.T) {
	const secret = canary + "0123456789abcdef"
	texts := map[string]string{
		"plain": "password=" + secret + "&x", "hexadecimal": hex.EncodeToString([]byte("a" + secret + "b")),
	}
	for length := range 6 {
		texts[fmt.Sprint("base64 behind ", length)] = base64.StdEncoding.EncodeToString([]byte(strings.Repeat("u", length) + secret + ":more"))
		texts[fmt.Sprint("base64 at the end behind ", length)] = base64.StdEncoding.EncodeToString([]byte(strings.Repeat("u", length) + secret))
	}
	for how, text := range texts {
		t.Run(how, func(t *testing.T) {
			if len(leaks([]string{"another", secret}, "a log", []byte(text))) == 0 {
				t.Errorf("not found in %q", text)
			}
		})
	}
	if found := leaks([]string{secret}, "a log", []byte("chaos-canary- and 0123456789abcdef")); found != nil {
		t.Errorf("found where it is not: %v", found)
	}
}

func TestSecretIsFoundInFilesOfFolders(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "nats"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "nats", "1.blk"), []byte("\x00\x01my-secret\x02"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(dir, "keys")
	if err := os.Mkdir(keys, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(keys, "user.nk"), []byte("my-secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	found, err := leaksOf([]string{"my-secret"}, dir, keys)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"secret 1 stands in " + filepath.Join("nats", "1.blk")}, found); diff != "" {
		t.Error(diff)
	}
}

func TestOutagesAreReadFromTheLog(t *testing.T) {
	log := `{"time":"2026-11-21T21:00:00.000Z","message":"config.loaded"}
{"time":"2026-11-21T21:00:01.000Z","message":"breaker.changed","from":"closed","to":"open"}
{"time":"2026-11-21T21:00:02.000Z","message":"breaker.changed","from":"open","to":"half-open"}
{"time":"2026-11-21T21:00:03.000Z","message":"breaker.changed","from":"half-open","to":"open"}
{"time":"2026-11-21T21:00:04.000Z","message":"breaker.changed","from":"half-open","to":"closed"}
{"time":"2026-11-21T21:00:05.000Z","message":"breaker.changed","from":"closed","to":"open"}
{"time":"2026-11-21T21:00:05.5
{"time":"2026-11-21T21:00:06.000Z","message":"config.loaded"}
{"time":"2026-11-21T21:00:07.000Z","message":"breaker.changed","from":"closed","to":"open"}`
	got, err := readOutages("worker-1", strings.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	at := func(second int) time.Time { return time.Date(2026, 11, 21, 21, 0, second, 0, time.UTC) }
	want := []Outage{{"worker-1", at(1), at(4)}, {"worker-1", at(5), at(6)}, {"worker-1", at(7), time.Time{}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSumOfAMetricTakesItsLabels(t *testing.T) {
	s := Scrape{Values: parseMetrics([]byte("# TYPE a counter\na{x=\"1\",y=\"2\"} 3\na{x=\"1\",y=\"22\"} 4\nab{x=\"1\"} 5\nb 1.5e+06\n\n"))}
	for _, test := range []struct {
		metric string
		labels []string
		want   float64
	}{
		{"a", nil, 7}, {"a", []string{`y="2"`}, 3}, {"a", []string{`x="1"`, `y="22"`}, 4}, {"a", []string{`x="2"`}, 0}, {"b", nil, 1.5e6}, {"c", nil, 0},
	} {
		if got := s.Sum(test.metric, test.labels...); got != test.want {
			t.Errorf("%s %v: %v, want %v", test.metric, test.labels, got, test.want)
		}
	}
}

// samples are those of a process whose heap goes through the values, one a minute.
func samples(process string, heap ...float64) []Sample {
	var all []Sample
	for n, h := range heap {
		all = append(all, Sample{Process: process, At: begun.Add(time.Duration(n) * time.Minute), Goroutines: 10, Descriptors: 10, RSS: 20, Heap: h})
	}
	return all
}

func TestGrowthIsFoundBetweenTheFirstAndTheLastQuarter(t *testing.T) {
	for _, test := range []struct {
		name    string
		samples []Sample
		stored  float64
		grown   int
	}{
		{"a heap that breathes", samples("worker-1", 8, 12, 9, 13, 8, 12, 9, 13), 0, 0},
		{"a heap that grows", samples("worker-1", 8, 12, 16, 20, 24, 28, 32, 36), 0, 1},
		{"one that grows once at the beginning", samples("worker-1", 2, 30, 30, 30, 30, 30, 30, 30), 0, 0},
		{"the server's index of its archive", samples("nats", 20, 30, 40, 50, 60, 70, 80, 90), 1000, 0},
		{"a server that keeps more than that", samples("nats", 20, 60, 100, 140, 180, 220, 260, 300), 1000, 1},
		{"the same while nothing is stored", samples("nats", 20, 30, 40, 50, 60, 70, 80, 90), 0, 1},
		{"a single sample", samples("worker-1", 8), 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			all := trends(test.samples, "nats", test.stored)
			if got := grown(all); len(got) != test.grown || len(all) != 4 {
				t.Errorf("%d trends, grown: %v", len(all), got)
			}
		})
	}
	if s := slope(samples("worker-1", 1, 2, 3, 4), func(s Sample) float64 { return s.Heap }); s < 59.9 || s > 60.1 {
		t.Errorf("slope %v an hour, want 60", s)
	}
}

func TestOutageIsJudgedByCallsCountsAndDrain(t *testing.T) {
	from, to := begun, begun.Add(time.Minute)
	opened := []Outage{{"worker-1", from.Add(time.Second), to}, {"worker-2", from.Add(2 * time.Second), to}}
	right := outageOf{from, to, 10, 5, 20 * time.Second, opened}
	probe := simulator.Call{Time: from.Add(30 * time.Second), Kind: "serverTime", Fault: "down", Method: "GET"}
	get := simulator.Call{Time: from.Add(30 * time.Second), Kind: "purchaseOrder get", Fault: "down", Method: "GET"}
	write := simulator.Call{Time: from.Add(time.Second), Kind: "purchaseOrder patch", Fault: "down", Method: "PATCH"}
	park := map[string][]Entry{"a": {{Type: "parked", Time: from.Add(5 * time.Second), Tries: map[string]int{"unknown": 1}}}}
	for _, test := range []struct {
		name    string
		outage  func(*outageOf)
		calls   []simulator.Call
		history map[string][]Entry
		want    Findings
	}{
		{name: "as it must be", calls: []simulator.Call{probe}},
		{name: "a breaker that does not open", outage: func(o *outageOf) { o.opened = opened[:1] }, want: Findings{{Sort: Other}}},
		{name: "a slow drain", outage: func(o *outageOf) { o.drained = time.Minute }, want: Findings{{Sort: Other}}},
		{name: "a call with a document", calls: []simulator.Call{get}, want: Findings{{Sort: Other}}},
		{name: "a document that is counted", history: park, want: Findings{{Sort: Counted}}},
		{name: "a document that is counted because its write met the outage", history: park, calls: []simulator.Call{write}, want: Findings{{Sort: Counted}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := right
			if test.outage != nil {
				test.outage(&o)
			}
			s := &Stage{Installation: &Installation{Server: &Process{Name: "nats"}, Workers: make([]*Process, 2)}}
			s.judgeOutage(o, samples("worker-1", 8, 8, 8, 8), Stores{History: test.history}, simulator.Books{CallLog: test.calls})
			if diff := cmp.Diff(test.want, s.found, cmp.Comparer(func(a, b Finding) bool { return a.Sort == b.Sort })); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFullestLaneIsThatWithMostDocumentsWithoutAnEnd(t *testing.T) {
	s := Stores{Inbound: map[string][]Message{}, History: map[string][]Entry{"d": {{Type: "applied", Sequence: 4}}, "c": {{Type: "parked", Sequence: 3}}}}
	for n, lane := range map[uint64]string{1: "0", 2: "1", 4: "0", 5: "1"} {
		s.Inbound[string(rune('a'+n-1))] = []Message{{Sequence: n, Lane: lane}}
	}
	s.Inbound["c"] = []Message{{Sequence: 3, Lane: "0"}, {Sequence: 9, Lane: "1", Why: "return"}}
	if waiting, fullest := fullestLane(s); waiting != 4 || fullest != 3 {
		t.Errorf("%d wait, %d in one lane; want 4 and 3", waiting, fullest)
	}
}

func TestPaceIsThatOfEachQuarter(t *testing.T) {
	stores := Stores{History: map[string][]Entry{}}
	for n := range 400 {
		stores.History[fmt.Sprint(n)] = []Entry{{Type: "applied", Time: begun.Add(time.Duration(n) * time.Second)}}
	}
	s := &Stage{}
	s.judgePace(stores, 400, begun, begun.Add(400*time.Second))
	if len(s.found) > 0 {
		t.Errorf("a steady pace: %v", s.found)
	}
	for n := 200; n < 300; n++ {
		stores.History[fmt.Sprint(n)] = []Entry{{Type: "applied", Time: begun.Add(399 * time.Second)}}
	}
	if s.judgePace(stores, 400, begun, begun.Add(400*time.Second)); len(s.found) != 1 {
		t.Errorf("a quarter without an end: %v", s.found)
	}
}

func TestDocumentsAreSentAgainAndOutOfOrder(t *testing.T) {
	var documents []Document
	for n := range 400 {
		documents = append(documents, Document{PayloadID: fmt.Sprint(n)})
	}
	near := Again(documents, 20, rand.New(rand.NewSource(1)))
	seen, moved := map[string]int{}, 0
	for n, d := range near {
		seen[d.PayloadID]++
		if at := slices.IndexFunc(near, func(o Document) bool { return o.PayloadID == d.PayloadID }); n-at > 40 {
			t.Errorf("document %s stands at %d and at %d", d.PayloadID, at, n)
		}
		if n > 0 && near[n-1].PayloadID > d.PayloadID {
			moved++
		}
	}
	if len(seen) != 400 || len(near) < 500 || moved < 50 {
		t.Errorf("%d documents, %d sent, %d out of order", len(seen), len(near), moved)
	}
}

func TestWaitsHaveTheirNames(t *testing.T) {
	for _, want := range []Waits{ScaledWaits(), ProductionWaits()} {
		if got, err := ParseWaits(want.name); err != nil || got != want {
			t.Errorf("%s: %v, %v", want.name, got, err)
		}
	}
	if _, err := ParseWaits("short"); err == nil {
		t.Error("unknown waits are taken")
	}
}
