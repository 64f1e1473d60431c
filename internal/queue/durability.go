package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Guarantee says what an acknowledgement means.
type Guarantee struct {
	Known      bool   `json:"known"`      // false: nobody could say whether the server syncs
	SyncAlways bool   `json:"syncAlways"` // on disk before the acknowledgement
	Replicas   int    `json:"replicas"`
	Source     string `json:"source"` // who says so, or was asked; "" when there is nobody to ask
}

// Strict reports whether an acknowledged document survives the loss of power of one machine, for certain.
func (g Guarantee) Strict() bool { return g.Known && g.SyncAlways }

// String says it in a sentence.
func (g Guarantee) String() string {
	copies := "1 copy"
	if g.Replicas > 1 {
		copies = fmt.Sprintf("%d copies", g.Replicas)
	}
	switch {
	case !g.Known && g.Source != "":
		return copies + ", whether they are on disk when acknowledged is unknown: " + g.Source + " does not say"
	case !g.Known:
		return copies + ", whether they are on disk when acknowledged is unknown: set nats.monitoring_url"
	case g.SyncAlways:
		return copies + ", on disk when acknowledged (" + g.Source + ")"
	}
	return copies + ", in memory of the operating system when acknowledged: a loss of power can lose the last two minutes (" + g.Source + ")"
}

// Durability says in a sentence what an acknowledgement means.
func (q *Queue) Durability(ctx context.Context) string { return q.Guarantee(ctx).String() }

// Guarantee says what an acknowledgement means: as the options state it, or as the monitoring addresses of the servers
// tell, else unknown. Of a cluster it is enough that one server answers and none that answers does otherwise: one that is
// just being started again has the file that it had before.
func (q *Queue) Guarantee(ctx context.Context) Guarantee {
	g := Guarantee{Replicas: q.o.Replicas}
	if s, err := q.js.Stream(ctx, q.o.stream(inbound)); err == nil {
		g.Replicas = s.CachedInfo().Config.Replicas
	}
	if d := q.o.Durability; d != nil {
		g.Known, g.SyncAlways, g.Source = d.Known, d.SyncAlways, d.Source
		return g
	}
	if q.o.MonitoringURL == "" {
		return g
	}
	g.Source = q.o.MonitoringURL
	for _, a := range askAll(ctx, strings.Split(q.o.MonitoringURL, ",")) {
		if a.err != nil {
			q.log.Warn().Err(a.err).Msg("durability.unknown")
			continue
		}
		g.SyncAlways = a.syncAlways && (g.SyncAlways || !g.Known)
		g.Known = true
	}
	return g
}

// answer is what a server says about itself.
type answer struct {
	syncAlways bool
	err        error
}

// askAll asks several servers at once.
func askAll(ctx context.Context, addresses []string) []answer {
	answers := make([]answer, len(addresses))
	var all sync.WaitGroup
	for i, base := range addresses {
		all.Go(func() { answers[i].syncAlways, answers[i].err = syncAlways(ctx, strings.TrimSpace(base)) })
	}
	all.Wait()
	return answers
}

// syncAlways asks a server's monitoring address.
func syncAlways(ctx context.Context, base string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+"/varz", nil)
	if err != nil {
		return false, fmt.Errorf("ask %s: %w", base, err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false, fmt.Errorf("ask %s: %w", base, err)
	}
	defer resp.Body.Close()
	var varz struct {
		JetStream struct {
			Config *struct {
				SyncAlways bool `json:"sync_always"`
			} `json:"config"`
		} `json:"jetstream"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, resp.Body, 4<<20)).Decode(&varz); err != nil {
		return false, fmt.Errorf("read the answer of %s: %w", req.URL, err)
	}
	if varz.JetStream.Config == nil {
		return false, fmt.Errorf("%s: JetStream is not enabled on this server", base)
	}
	return varz.JetStream.Config.SyncAlways, nil
}

// strictness is what a strict process knows of its server, which may be started again with other settings.
type strictness struct {
	mu    sync.Mutex
	asked time.Time // when the server was asked last
	known time.Time // when it last said that it syncs
	last  Guarantee
}

const (
	// strictEvery is how often a strict process asks again what an acknowledgement means.
	strictEvery = 30 * time.Second
	// strictGrace is how long the last good answer is believed while the monitoring address does not answer.
	strictGrace = 5 * time.Minute
)

// checkDurable returns an error while a strict process must not accept documents. One caller asks; the others wait for
// it, because what they would be acknowledged may mean nothing.
func (q *Queue) checkDurable(ctx context.Context) error {
	if !q.o.Strict {
		return nil
	}
	s := &q.strict
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := time.Now(); now.Sub(s.asked) >= strictEvery {
		s.last, s.asked = q.Guarantee(ctx), now
		if s.last.Strict() {
			s.known = now
		}
	}
	if s.last.Strict() || !s.last.Known && time.Since(s.known) < strictGrace {
		return nil
	}
	return fmt.Errorf("nats.strict is set, and an acknowledgement means: %s: %w", s.last, ErrUnavailable)
}

// readyTimeout is below what load balancers commonly wait for an answer.
const readyTimeout = 2 * time.Second

// Ready reports why documents cannot be accepted now, or nil: JetStream answers, INBOUND has a leader and is not full.
func (q *Queue) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	s, err := q.js.Stream(ctx, q.o.stream(inbound))
	if err != nil {
		return unavailable("look up "+q.o.stream(inbound), err)
	}
	info := s.CachedInfo()
	if info.Cluster != nil && info.Cluster.Leader == "" {
		return fmt.Errorf("%s has no leader: %w", q.o.stream(inbound), ErrUnavailable)
	}
	if most := info.Config.MaxBytes; most > 0 && info.State.Bytes >= uint64(most) {
		return fmt.Errorf("%s is full with %d bytes: %w", q.o.stream(inbound), info.State.Bytes, ErrUnavailable)
	}
	if !q.lanes.IsConnected() {
		return fmt.Errorf("the connection of the lanes is down: %w", ErrUnavailable)
	}
	return q.checkDurable(ctx)
}
