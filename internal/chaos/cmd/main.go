// Command cmd runs package chaos for a number of seeds and prints a table. It ends with status 1 when anything was lost,
// doubled or wrong.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

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

var errFound = errors.New("not everything is as it must be")

func run(ctx context.Context) error {
	seeds := flag.Int("seeds", 3, "number of runs")
	first := flag.Int64("first", 1, "seed of the first run")
	documents := flag.Int("documents", 500, "documents a run, about")
	kills := flag.Int("kills", 0, "kills a run, at most; 0: one for each 10 documents")
	freeze := flag.Bool("freeze", false, "freeze workers too, for longer than JetStream waits for them, and let them go on")
	keep := flag.Bool("keep", false, "keep files and logs also of runs in which nothing was found")
	flag.Parse()
	if *seeds < 1 || *documents < 1 || *kills < 0 || flag.NArg() > 0 {
		return errors.New("give at least one seed and one document, and nothing beside the flags")
	}
	dir, err := os.MkdirTemp("", "counterpunch-chaos-")
	if err != nil {
		return fmt.Errorf("make a folder for the runs: %w", err)
	}
	if err := chaos.Build(ctx, dir); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	var results []chaos.Result
	for n := range *seeds {
		seed := *first + int64(n)
		o := chaos.Options{Seed: seed, Documents: *documents, Kills: *kills, Freeze: *freeze, Dir: filepath.Join(dir, fmt.Sprint(seed)), Programs: dir, Progress: os.Stderr}
		if err := os.Mkdir(o.Dir, 0o700); err != nil {
			return fmt.Errorf("make a folder for the run: %w", err)
		}
		r, runErr := chaos.Run(ctx, o)
		if runErr != nil {
			err = runErr
			break
		}
		results = append(results, r)
		if !r.Findings.None() {
			err = errFound
			for _, text := range r.Findings.All()[:min(20, len(r.Findings.All()))] {
				fmt.Fprintf(os.Stderr, "seed %d: %s\n", seed, text)
			}
			fmt.Fprintf(os.Stderr, "seed %d: everything is in %s\n", seed, o.Dir)
		} else if !*keep {
			if err := os.RemoveAll(o.Dir); err != nil {
				return fmt.Errorf("remove the files of the run: %w", err)
			}
		}
	}
	if err == nil && !*keep {
		err = os.RemoveAll(dir)
	}
	return errors.Join(chaos.Table(os.Stdout, results), err)
}
