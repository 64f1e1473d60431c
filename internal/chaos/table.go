package chaos

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Table writes one line a run, a line of totals for each scenario with several, and the figures that are a scenario's own.
func Table(w io.Writer, runs []Result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	head := []string{"scenario", "seed", "documents", "posts", "resends", "kills", "processes", "in a write", "faults", "calls",
		"refused s", "lost", "twice", "wrong", "overlaps", "other", "seconds"}
	fmt.Fprintln(t, strings.Join(head, "\t")+"\t")
	row := func(seed string, r Result) {
		f := r.Findings
		lost, twice, wrong, overlaps := f.Count(Lost, Unended), f.Count(Twice), f.Count(Wrong), f.Count(Overlap)
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t%d\t%d\t%d\t%d\t%d\t%.0f\t\n", r.Scenario, seed, r.Documents, r.Posts, r.Resends,
			r.Kills, r.Processes, r.Hits, r.Faults, r.Calls, r.Refused.Seconds(), lost, twice, wrong, overlaps,
			len(f)-lost-twice-wrong-overlaps, r.Took.Seconds())
	}
	for n := 0; n < len(runs); {
		total, first := Result{Scenario: runs[n].Scenario}, n
		for ; n < len(runs) && runs[n].Scenario == total.Scenario; n++ {
			row(fmt.Sprint(runs[n].Seed), runs[n])
			total.add(runs[n])
		}
		if n-first > 1 {
			row("all", total)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, r := range runs {
		for _, note := range r.Notes {
			if _, err := fmt.Fprintf(w, "%s, seed %d: %s\n", r.Scenario, r.Seed, note); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Result) add(o Result) {
	r.Documents, r.Posts, r.Resends, r.Faults, r.Calls = r.Documents+o.Documents, r.Posts+o.Posts, r.Resends+o.Resends, r.Faults+o.Faults, r.Calls+o.Calls
	r.Kills, r.Processes, r.Hits = r.Kills+o.Kills, r.Processes+o.Processes, r.Hits+o.Hits
	r.Refused, r.Took = max(r.Refused, o.Refused), r.Took+o.Took.Round(time.Second)
	r.Findings = append(r.Findings, o.Findings...)
}
