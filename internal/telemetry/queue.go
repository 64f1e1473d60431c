package telemetry

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"counterpunch/internal/reason"
)

// AccountQueue is what waits for one account.
type AccountQueue struct {
	Depth            int                 // accepted documents not yet brought to an end
	Oldest           time.Duration       // age of the oldest of them; 0 when there is none
	Parked           map[reason.Code]int // waiting for a time
	ParkedPastDue    int                 // of those, the ones whose time is over
	DeadLetters      map[reason.Code]int // waiting for a person
	OldestDeadLetter time.Duration       // 0 when there is none
}

// QueueOptions say where the collector reads and how often.
type QueueOptions struct {
	// Read returns the state of the queue by account. It must return when ctx ends.
	Read    func(ctx context.Context) (map[string]AccountQueue, error)
	Cache   time.Duration // how long one reading serves; 0 is 5 s
	Timeout time.Duration // of one reading; 0 is 3 s
}

// QueueCollector shows the queue as it is when Prometheus asks. When the queue cannot be read, its series are left out
// and counterpunch_queue_readable is 0: an old number would look like a queue that stands still.
type QueueCollector struct {
	o QueueOptions

	mu   sync.Mutex // held while reading, so that scrapes at once read once
	last map[string]AccountQueue
	err  error
	at   time.Time
}

// NewQueueCollector returns a collector to be registered.
func NewQueueCollector(o QueueOptions) *QueueCollector {
	if o.Cache == 0 {
		o.Cache = 5 * time.Second
	}
	if o.Timeout == 0 {
		o.Timeout = 3 * time.Second
	}
	return &QueueCollector{o: o}
}

func queueDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("counterpunch_"+name, help, labels, nil)
}

var (
	readableDesc   = queueDesc("queue_readable", "1 when the state of the queue could be read, else 0.")
	depthDesc      = queueDesc("queue_depth", "Accepted documents that are not yet brought to an end.", "account")
	oldestDesc     = queueDesc("queue_oldest_seconds", "Age of the oldest of them; 0 when there is none.", "account")
	parkedDesc     = queueDesc("parked", "Documents that wait for a time, by reason.", "account", "reason")
	pastDueDesc    = queueDesc("parked_past_due", "Parked documents whose time is over.", "account")
	lettersDesc    = queueDesc("dead_letters", "Documents that wait for a person, by reason.", "account", "reason")
	letterTimeDesc = queueDesc("dead_letter_oldest_seconds", "Age of the oldest dead letter; 0 when there is none.", "account")
)

// Describe implements prometheus.Collector.
func (c *QueueCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{readableDesc, depthDesc, oldestDesc, parkedDesc, pastDueDesc, lettersDesc, letterTimeDesc} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *QueueCollector) Collect(out chan<- prometheus.Metric) {
	accounts, err := c.read()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(readableDesc, number(err == nil))
	if err != nil {
		return
	}
	for name, q := range accounts {
		gauge(depthDesc, float64(q.Depth), name)
		gauge(oldestDesc, q.Oldest.Seconds(), name)
		gauge(pastDueDesc, float64(q.ParkedPastDue), name)
		gauge(letterTimeDesc, q.OldestDeadLetter.Seconds(), name)
		// Every reason, also those that nobody has: an alert on a series that comes and goes never resolves cleanly.
		for _, code := range reason.Codes() {
			gauge(parkedDesc, float64(q.Parked[code]), name, string(code))
			gauge(lettersDesc, float64(q.DeadLetters[code]), name, string(code))
		}
	}
}

// read returns the last reading while it is fresh. Failures are kept as long as successes: a queue in trouble must not
// be asked harder.
func (c *QueueCollector) read() (map[string]AccountQueue, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.at.IsZero() && time.Since(c.at) < c.o.Cache {
		return c.last, c.err
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.o.Timeout)
	defer cancel()
	c.last, c.err = c.o.Read(ctx)
	c.at = time.Now()
	return c.last, c.err
}
