package chaos

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Table writes one line a run and a line of totals.
func Table(w io.Writer, runs []Result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	head := []string{"seed", "documents", "orders", "posts", "resends", "kills", "processes", "hits", "writes hit", "faults", "calls",
		"overlaps", "lost", "twice", "wrong", "accidents", "unbalanced", "false 200", "other", "seconds"}
	fmt.Fprintln(t, strings.Join(head, "\t")+"\t")
	row := func(name string, r Result) {
		f := r.Findings
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.0f\t\n", name, r.Documents, r.Orders, r.Posts, r.Resends,
			r.Kills, r.Processes, r.Hits, r.Writes, r.Faults, r.Calls, r.Overlaps, len(f.Lost), len(f.Twice), len(f.Wrong), len(f.Accidents),
			len(f.Unbalanced), len(f.False200), len(f.Other), r.Took.Seconds())
	}
	var total Result
	for _, r := range runs {
		row(fmt.Sprint(r.Seed), r)
		total.add(r)
	}
	row("all", total)
	return t.Flush()
}

func (r *Result) add(o Result) {
	r.Documents, r.Orders, r.Posts, r.Resends = r.Documents+o.Documents, r.Orders+o.Orders, r.Posts+o.Posts, r.Resends+o.Resends
	r.Kills, r.Processes, r.Hits, r.Writes = r.Kills+o.Kills, r.Processes+o.Processes, r.Hits+o.Hits, r.Writes+o.Writes
	r.Faults, r.Calls, r.Overlaps, r.Took = r.Faults+o.Faults, r.Calls+o.Calls, r.Overlaps+o.Overlaps, r.Took+o.Took
	f, g := &r.Findings, o.Findings
	f.Lost, f.Twice, f.Wrong = append(f.Lost, g.Lost...), append(f.Twice, g.Twice...), append(f.Wrong, g.Wrong...)
	f.Accidents, f.Unbalanced = append(f.Accidents, g.Accidents...), append(f.Unbalanced, g.Unbalanced...)
	f.False200, f.Other = append(f.False200, g.False200...), append(f.Other, g.Other...)
}
