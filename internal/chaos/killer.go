package chaos

import (
	"context"
	"math/rand"
	"sync"
	"time"
)

// kill is one moment at which processes were killed.
type kill struct {
	at    time.Time
	names []string
}

// killer kills processes at random moments until its number of kills is reached or it is told to stop.
type killer struct {
	random *rand.Rand
	most   int
	every  time.Duration // mean time between two kills
	freeze bool          // workers are also frozen for longer than JetStream waits for them
}

// run kills until stop is closed. A moment at which nothing was running does not count.
func (k killer) run(ctx context.Context, i *installation, stop <-chan struct{}) []kill {
	var kills []kill
	var frozen sync.WaitGroup
	defer frozen.Wait()
	for len(kills) < k.most {
		if k.freeze && k.random.Intn(3) == 0 {
			w, d := i.workers[k.random.Intn(len(i.workers))], time.Second+time.Duration(k.random.Intn(1500))*time.Millisecond
			frozen.Go(func() { w.freeze(ctx, d) })
		}
		targets := k.choose(i)
		wait := time.NewTimer(k.every/3 + time.Duration(k.random.Int63n(int64(4*k.every/3)+1)))
		delay := time.Duration(k.random.Intn(500)) * time.Millisecond
		select {
		case <-wait.C:
		case <-stop:
			wait.Stop()
			return kills
		case <-ctx.Done():
			wait.Stop()
			return kills
		}
		var names []string
		at := time.Now()
		for _, p := range targets {
			if p.kill(delay) {
				names = append(names, p.name)
			}
		}
		if len(names) > 0 {
			kills = append(kills, kill{at, names})
		}
	}
	return kills
}

// choose takes mostly a worker, for it is in the middle of something most of the time.
func (k killer) choose(i *installation) []*process {
	switch n := k.random.Intn(20); {
	case n < 10:
		return []*process{i.workers[n%2]}
	case n < 13:
		return i.workers
	case n < 15:
		return []*process{i.ingest}
	case n < 18:
		return []*process{i.nats}
	case n < 19:
		return append([]*process{i.nats}, i.workers...)
	}
	return append([]*process{i.nats, i.ingest}, i.workers...)
}
