package chaos

import (
	"context"
	"io"
	"time"
)

// Options are the extent of a run. Zero values mean the defaults of the scenario.
type Options struct {
	Seed      int64
	Documents int // about so many
	Kills     int // at most
	Freeze    bool
	Waits     Waits
	Outage    time.Duration // of NetSuite, in the scenario down
	For       time.Duration // of the scenario soak
	Rate      float64       // documents a second, in the scenario soak
	Limit     time.Duration // until everything has to be at rest
	Dir       string        // empty folder for files and logs
	Programs  string        // folder of the binaries that Build made
	Progress  io.Writer     // gets what is going on; nil: nothing
	// Judged gets what the judge went by; nil: nobody does.
	Judged func(Evidence)
}

// Result is what a run did and what the judge says.
type Result struct {
	Scenario  string
	Seed      int64
	Documents int
	Posts     int           // requests that carried a document
	Resends   int           // of them, requests with a document that was sent before
	Refused   time.Duration // longest time in which nothing was accepted
	Kills     int           // moments at which processes were killed
	Processes int           // that were killed
	Hits      int           // kills that found a write in progress
	Faults    int           // answers that the simulator spoiled
	Calls     int           // that NetSuite got
	Took      time.Duration
	Notes     []string // figures of this scenario, a line each
	Findings  Findings
}

// Scenario is one way of breaking things.
type Scenario struct {
	Name   string
	About  string
	Varied bool // other seeds are other runs; without it one run says all
	Run    func(context.Context, Options) (Result, error)
}

// Scenarios returns the scenarios.
func Scenarios() []Scenario {
	return []Scenario{
		{"kill", "ingest, workers and NATS killed at random while NetSuite fails", true, runKill},
		{"cluster", "the leader of three NATS servers killed again and again while NetSuite fails", true, runCluster},
		{"down", "NetSuite down while documents wait", false, runDown},
		{"login", "the integration user disabled, then enabled", false, runLogin},
		{"poison", "a document that panics its worker, and one that kills it", false, runPoison},
		{"restore", "all streams lost and brought back from a backup, with the commands killed", true, runRestore},
		{"letters", "dead letters exported, imported, discarded, corrected, replayed and forgotten, with the commands killed", true, runLetters},
		{"soak", "a steady load for a time", false, runSoak},
	}
}

func (o Options) withDefaults(documents int) Options {
	if o.Waits == (Waits{}) {
		o.Waits = ScaledWaits()
	}
	if o.Documents == 0 {
		o.Documents = documents
	}
	if o.Limit == 0 {
		o.Limit = o.Waits.patience + time.Duration(o.Documents)*300*time.Millisecond + o.Outage + o.For
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	return o
}
