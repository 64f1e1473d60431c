package app_test

import (
	"context"
	"math"
	"runtime/debug"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
	"counterpunch/internal/testkit/wait"
)

// withoutMemoryLimit takes away the process' memory limit, and puts it back when the test ends.
func withoutMemoryLimit(t *testing.T) {
	t.Helper()
	before := debug.SetMemoryLimit(math.MaxInt64)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
}

func TestIngestBoundsItsMemoryByItsLimits(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "")
	withoutMemoryLimit(t)
	cfg := configured(t, func(c *config.Config) { c.Ingest.Limits.Parses, c.Ingest.Shutdown = 2, 100*time.Millisecond })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- app.RunIngest(ctx, cfg, zerolog.Nop()) }()
	const want = 160 << 20 // below the 300 MB that two parses with the default limits may take
	wait.Until(t.Context(), t, "the memory limit is 160 MiB", func() bool { return debug.SetMemoryLimit(-1) == want })
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestAMemoryLimitFollowsTheLimitsUnlessTheEnvironmentSetsIt(t *testing.T) {
	withoutMemoryLimit(t)
	t.Setenv("GOMEMLIMIT", "")
	two := app.LimitMemory(config.Limits{Parses: 2, Memory: 64 << 20, Inflated: 8 << 20})
	if four := app.LimitMemory(config.Limits{Parses: 4, Memory: 64 << 20, Inflated: 8 << 20}); four <= two {
		t.Errorf("four parses at once may take %d bytes, two %d", four, two)
	}
	if all := app.LimitMemory(config.Limits{Memory: 64 << 20, Inflated: 8 << 20}); all < 64<<20 || all == math.MaxInt64 {
		t.Errorf("one parse a processor may take %d bytes", all)
	}
	debug.SetMemoryLimit(1 << 40)
	t.Setenv("GOMEMLIMIT", "1TiB")
	if got := app.LimitMemory(config.Limits{Parses: 2}); got != 1<<40 {
		t.Errorf("with GOMEMLIMIT the limit is %d, want it left alone", got)
	}
}
