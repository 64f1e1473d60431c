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
	waits  Waits
	freeze bool // workers are also frozen for longer than JetStream waits for them
}

// run kills until stop is closed. A moment at which nothing was running does not count.
func (k killer) run(ctx context.Context, i *Installation, stop <-chan struct{}) []kill {
	var kills []kill
	var frozen sync.WaitGroup
	every := k.waits.every
	defer frozen.Wait()
	for len(kills) < k.most {
		if k.freeze && k.random.Intn(3) == 0 {
			w, d := i.Workers[k.random.Intn(len(i.Workers))], k.waits.ackWait+time.Duration(k.random.Int63n(int64(3*k.waits.ackWait/2)))
			frozen.Go(func() { w.Freeze(ctx, d) })
		}
		targets := k.choose(i)
		wait := time.NewTimer(every/3 + time.Duration(k.random.Int63n(int64(4*every/3)+1)))
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
			if p != nil && p.Kill(delay) { // somebody else may run the server
				names = append(names, p.Name)
			}
		}
		if len(names) > 0 {
			kills = append(kills, kill{at, names})
		}
	}
	return kills
}

// choose takes mostly a worker, for it is in the middle of something most of the time.
func (k killer) choose(i *Installation) []*Process {
	switch n := k.random.Intn(20); {
	case n < 10:
		return []*Process{i.Workers[n%2]}
	case n < 13:
		return i.Workers
	case n < 15:
		return []*Process{i.Ingest}
	case n < 18:
		return []*Process{i.Server}
	case n < 19:
		return append([]*Process{i.Server}, i.Workers...)
	}
	return append([]*Process{i.Server, i.Ingest}, i.Workers...)
}
