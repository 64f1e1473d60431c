package config

import "time"

// Worker is the process that brings documents into NetSuite.
type Worker struct {
	Admin       string        `yaml:"admin"`        // host:port for health and metrics; not for the outside
	Name        string        `yaml:"name"`         // in history and leases; "" takes the host's name
	AckWait     time.Duration `yaml:"ack_wait"`     // silence after which JetStream gives a document to another worker
	Heartbeat   time.Duration `yaml:"heartbeat"`    // how often a worker says that it is still at it
	Shutdown    time.Duration `yaml:"shutdown"`     // for documents in progress at the end
	ParkingScan time.Duration `yaml:"parking_scan"` // how often parked documents are looked through for due ones
	Retry       Retry         `yaml:"retry"`
	Breaker     Breaker       `yaml:"breaker"`
}

// Retry holds the waiting times by class of error. The last one of a list repeats where the class has no end of its own.
type Retry struct {
	Busy     []time.Duration `yaml:"busy"`     // NetSuite has too many calls; never counted on the document
	Unknown  []time.Duration `yaml:"unknown"`  // the outcome of a write is unknown; looked up after each wait
	Odd      []time.Duration `yaml:"odd"`      // unexpected error on one document; then dead letter
	Changed  int             `yaml:"changed"`  // tries at once when the record changed under us
	NotYet   []time.Duration `yaml:"not_yet"`  // parked; the last one repeats until Deadline
	Deadline time.Duration   `yaml:"deadline"` // of a parked document, from its first parking; then dead letter
}

// Breaker stops calls to an account that does not answer or refuses the sign-in.
type Breaker struct {
	Failures int           `yaml:"failures"` // in a row before it opens
	Open     time.Duration `yaml:"open"`     // before the first probe
	Suspect  time.Duration `yaml:"suspect"`  // before another worker probes a suspect sign-in, in place of one that died
	Slow     time.Duration `yaml:"slow"`     // between two probes of a held sign-in
}

func defaultWorker() Worker {
	return Worker{
		Admin:       "127.0.0.1:8082",
		AckWait:     30 * time.Second,
		Heartbeat:   8 * time.Second,
		Shutdown:    25 * time.Second,
		ParkingScan: 10 * time.Second,
		Retry: Retry{
			Busy:     []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute},
			Unknown:  []time.Duration{time.Minute, 5 * time.Minute, 24 * time.Minute},
			Odd:      []time.Duration{time.Minute, 5 * time.Minute, 24 * time.Minute},
			Changed:  5,
			NotYet:   []time.Duration{5 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour},
			Deadline: 14 * 24 * time.Hour,
		},
		Breaker: Breaker{Failures: 5, Open: 30 * time.Second, Suspect: 5 * time.Minute, Slow: time.Hour},
	}
}

func (w Worker) validate(p *problems, key string) {
	checkListen(p, child(key, "admin"), w.Admin)
	if w.Name != "" && !tokenForm.MatchString(w.Name) {
		p.add(child(key, "name"), "is %s; give %s", quote(w.Name), tokenRule)
	}
	positive(p, child(key, "ack_wait"), w.AckWait)
	positive(p, child(key, "heartbeat"), w.Heartbeat)
	// Two heartbeats must fit with room to spare, so that one lost on the way does not hand the document to a second worker.
	if w.AckWait > 0 && w.Heartbeat > w.AckWait/3 {
		p.add(child(key, "heartbeat"), "is %s, more than a third of worker.ack_wait (%s): one lost heartbeat would start a document twice; give %s or less", w.Heartbeat, w.AckWait, w.AckWait/3)
	}
	positive(p, child(key, "shutdown"), w.Shutdown)
	positive(p, child(key, "parking_scan"), w.ParkingScan)
	w.Retry.validate(p, child(key, "retry"))
	positive(p, child(key, "breaker.failures"), w.Breaker.Failures)
	positive(p, child(key, "breaker.open"), w.Breaker.Open)
	positive(p, child(key, "breaker.suspect"), w.Breaker.Suspect)
	positive(p, child(key, "breaker.slow"), w.Breaker.Slow)
}

func (r Retry) validate(p *problems, key string) {
	increasing(p, child(key, "busy"), r.Busy)
	increasing(p, child(key, "unknown"), r.Unknown)
	increasing(p, child(key, "odd"), r.Odd)
	increasing(p, child(key, "not_yet"), r.NotYet)
	positive(p, child(key, "changed"), r.Changed)
	positive(p, child(key, "deadline"), r.Deadline)
	if len(r.NotYet) > 0 && r.Deadline > 0 && r.Deadline < r.NotYet[0] {
		p.add(child(key, "deadline"), "is %s, before the first try of worker.retry.not_yet (%s); make it longer", r.Deadline, r.NotYet[0])
	}
}
