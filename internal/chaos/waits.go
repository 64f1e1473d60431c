package chaos

import (
	"fmt"
	"time"
)

// Waits are how long the programs wait where they wait, and with that how fast processes can be killed.
type Waits struct {
	name     string
	worker   string        // settings of worker
	publish  string        // settings of ingest
	netsuite string        // settings of the connection to NetSuite
	timeout  time.Duration // of a call to NetSuite
	ackWait  time.Duration
	every    time.Duration // mean time between kills
	spared   int           // documents a kill
	patience time.Duration // until everything has to be at rest, beside 300 ms a document
}

// ScaledWaits are some hundred milliseconds, so that what takes hours in production takes seconds.
func ScaledWaits() Waits {
	return Waits{
		name: "scaled", publish: "publish_timeout: 2s", netsuite: "timeout: 1s",
		worker: `ack_wait: 1s
  heartbeat: 250ms
  shutdown: 10s
  parking_scan: 200ms
  retry:
    busy: [100ms, 200ms]
    unknown: [200ms, 300ms, 400ms, 800ms, 1600ms, 2s, 3s, 4s]
    odd: [200ms, 300ms, 400ms, 800ms, 1600ms, 2s, 3s, 4s]
    not_yet: [200ms, 400ms]
    deadline: 1h
  breaker: {failures: 5, open: 500ms}`,
		timeout: time.Second, ackWait: time.Second, every: 700 * time.Millisecond, spared: 10, patience: time.Minute,
	}
}

// ProductionWaits are what the programs do when nothing is configured: a lane waits 30 s for its worker, a write with an
// unknown outcome a minute. Kills come less often, or the lanes would do nothing but wait.
func ProductionWaits() Waits {
	return Waits{
		name: "production", publish: "publish_timeout: 8s", netsuite: "timeout: 1m", worker: "parking_scan: 10s",
		timeout: time.Minute, ackWait: 30 * time.Second, every: 15 * time.Second, spared: 100, patience: time.Hour,
	}
}

// ParseWaits returns the waits with a name: scaled or production.
func ParseWaits(name string) (Waits, error) {
	for _, w := range []Waits{ScaledWaits(), ProductionWaits()} {
		if w.name == name {
			return w, nil
		}
	}
	return Waits{}, fmt.Errorf("waits %q: give scaled or production", name)
}
