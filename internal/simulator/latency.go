package simulator

import (
	"context"
	"math"
	"math/rand/v2"
	"time"
)

// Latency is how long calls take, by what they do.
type Latency struct {
	Get   Spread `json:"get"`
	Query Spread `json:"query"` // SuiteQL
	Patch Spread `json:"patch"`
	Post  Spread `json:"post"` // creates, transforms, upserts, deletes
	// Slow is the share of calls, whatever they do, that take SlowFor instead: the few that take half a minute.
	Slow    float64  `json:"slow"`
	SlowFor Duration `json:"slowFor"`
}

// Spread is a lognormal distribution of time by two of its quantiles. P99 not above Median means always Median.
type Spread struct {
	Median Duration `json:"median"`
	P99    Duration `json:"p99"`
}

// SandboxLatency is what public reports of sandbox accounts suggest.
func SandboxLatency() Latency {
	second := func(median, p99 float64) Spread {
		return Spread{Duration(median * float64(time.Second)), Duration(p99 * float64(time.Second))}
	}
	return Latency{Get: second(0.4, 2), Query: second(0.3, 2), Patch: second(1.5, 10), Post: second(2.5, 15), Slow: 0.001, SlowFor: Duration(30 * time.Second)}
}

// draw returns how long a call takes.
func (l Latency) draw(c *call, r *rand.Rand) time.Duration {
	if l.Slow > 0 && r.Float64() < l.Slow {
		return time.Duration(l.SlowFor)
	}
	return l.of(c).draw(r)
}

// draw returns one duration. The 99th percentile of the normal distribution lies 2.326 standard deviations from the median.
func (s Spread) draw(r *rand.Rand) time.Duration {
	if s.Median <= 0 {
		return 0
	}
	if s.P99 <= s.Median {
		return time.Duration(s.Median)
	}
	sigma := math.Log(float64(s.P99)/float64(s.Median)) / 2.326
	return time.Duration(float64(s.Median) * math.Exp(sigma*r.NormFloat64()))
}

func (l Latency) of(c *call) Spread {
	switch {
	case c.kind == kindSuiteQL:
		return l.Query
	case !c.write:
		return l.Get
	case c.method == "PATCH":
		return l.Patch
	}
	return l.Post
}

// sleep returns after d, or at once when the caller hangs up: the work itself goes on, as NetSuite's does.
func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
