// Command cmd runs the scenarios of package chaos and prints a table. It ends with status 1 when anything was lost, doubled
// or wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"counterpunch/internal/chaos"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

var (
	errFound = errors.New("not everything is as it must be")
	errFew   = errors.New("too few kills hit a running write: the run does not count")
)

// flags say what is run and how much of it.
type flags struct {
	scenarios string
	seeds     int
	first     int64
	waits     string
	hits      int
	keep      bool
	options   chaos.Options
}

func parse() (flags, error) {
	var f flags
	o := &f.options
	flag.StringVar(&f.scenarios, "scenario", "", "names with commas between; empty: all\n"+about())
	flag.IntVar(&f.seeds, "seeds", 3, "runs of kill, each with another seed")
	flag.Int64Var(&f.first, "first", 1, "seed of the first run")
	flag.IntVar(&o.Documents, "documents", 0, "documents a run, about; 0: what the scenario takes by itself")
	flag.IntVar(&o.Kills, "kills", 0, "kills a run, at most; 0: one for each 10 documents, at production waits for each 100")
	flag.StringVar(&f.waits, "waits", "scaled", "scaled: AckWait 1 s and the like; production: as nothing were configured")
	flag.BoolVar(&o.Freeze, "freeze", false, "kill: freeze workers too, for longer than JetStream waits for them, and let them go on")
	flag.IntVar(&f.hits, "hits", 0, "kill: runs count when so many kills in all hit a running write")
	flag.DurationVar(&o.Outage, "outage", 0, "down: how long NetSuite is down; 0: 30 s")
	flag.DurationVar(&o.For, "for", 0, "soak: how long; 0: 2 min")
	flag.Float64Var(&o.Rate, "rate", 0, "soak: documents a second; 0: 50")
	flag.BoolVar(&f.keep, "keep", false, "keep files and logs also of runs in which nothing was found")
	flag.Parse()
	waits, err := chaos.ParseWaits(f.waits)
	o.Waits = waits
	if f.seeds < 1 || o.Documents < 0 || o.Kills < 0 || flag.NArg() > 0 {
		err = errors.Join(err, errors.New("give at least one seed, no negative number, and nothing beside the flags"))
	}
	return f, err
}

func about() string {
	var lines []string
	for _, s := range chaos.Scenarios() {
		lines = append(lines, fmt.Sprintf("%-7s %s", s.Name, s.About))
	}
	return strings.Join(lines, "\n")
}

func run(ctx context.Context) error {
	f, err := parse()
	if err != nil {
		return err
	}
	chosen, err := choose(f.scenarios)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "counterpunch-chaos-")
	if err != nil {
		return fmt.Errorf("make a folder for the runs: %w", err)
	}
	if err := chaos.Build(ctx, dir); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	var results []chaos.Result
	for n := 0; n < len(chosen) && (err == nil || errors.Is(err, errFound)); n++ {
		var some []chaos.Result
		var failed error
		some, failed = f.perform(ctx, chosen[n], dir)
		results, err = append(results, some...), errors.Join(err, failed)
	}
	if ctx.Err() != nil {
		err = errors.New("interrupted; nothing is left behind")
	}
	if err == nil && !f.keep || ctx.Err() != nil {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return errors.Join(chaos.Table(os.Stdout, results), err, enough(results, f.hits))
}

// choose returns the scenarios with these names.
func choose(names string) ([]chaos.Scenario, error) {
	all := chaos.Scenarios()
	if names == "" {
		return all, nil
	}
	var chosen []chaos.Scenario
	for _, name := range strings.Split(names, ",") {
		n := slices.IndexFunc(all, func(s chaos.Scenario) bool { return s.Name == name })
		if n < 0 {
			return nil, fmt.Errorf("scenario %q is not known; there are:\n%s", name, about())
		}
		chosen = append(chosen, all[n])
	}
	return chosen, nil
}

// perform makes the runs of one scenario, and goes on when something was found.
func (f flags) perform(ctx context.Context, s chaos.Scenario, dir string) (results []chaos.Result, err error) {
	runs := 1
	if s.Varied {
		runs = f.seeds
	}
	for n := range runs {
		o := f.options
		o.Seed, o.Programs, o.Progress = f.first+int64(n), dir, os.Stderr
		o.Dir = filepath.Join(dir, fmt.Sprintf("%s-%d", s.Name, o.Seed))
		if err := os.Mkdir(o.Dir, 0o700); err != nil {
			return results, fmt.Errorf("make a folder for the run: %w", err)
		}
		r, runErr := s.Run(ctx, o)
		if runErr != nil {
			return results, errors.Join(err, runErr)
		}
		results = append(results, r)
		switch {
		case len(r.Findings) > 0:
			err = errFound
			for _, found := range r.Findings[:min(20, len(r.Findings))] {
				fmt.Fprintf(os.Stderr, "%s, seed %d: %s\n", s.Name, o.Seed, found)
			}
			fmt.Fprintf(os.Stderr, "%s, seed %d: everything is in %s\n", s.Name, o.Seed, o.Dir)
		case !f.keep:
			if err := os.RemoveAll(o.Dir); err != nil {
				return results, fmt.Errorf("remove the files of the run: %w", err)
			}
		}
		fmt.Fprintf(os.Stderr, "%s, seed %d: %d findings after %s\n", s.Name, o.Seed, len(r.Findings), r.Took.Round(time.Second))
	}
	return results, err
}

// enough checks that the kills hit what they are for.
func enough(results []chaos.Result, hits int) error {
	n := 0
	for _, r := range results {
		n += r.Hits
	}
	if n < hits {
		return fmt.Errorf("%d of at least %d: %w", n, hits, errFew)
	}
	return nil
}
