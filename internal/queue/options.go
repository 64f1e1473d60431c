package queue

import (
	"fmt"
	"regexp"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
)

// Options are the settings of an installation. Zero values mean the defaults of DefaultOptions.
type Options struct {
	// Prefix separates installations that share a cluster; it stands before every stream, bucket and subject.
	Prefix   string
	Replicas int // copies of each stream: 1, 3 or 5
	Lanes    int // lanes of an account that has no setting of its own
	// MaxBytes bounds INBOUND; 0 is no bound. When it is reached, intake refuses.
	MaxBytes int64

	AckWait        time.Duration // how long a lane waits for a sign of life of its worker
	Heartbeat      time.Duration // how often a worker gives one; at most a third of AckWait
	PublishTimeout time.Duration // how long Publish tries
	PullWait       time.Duration // how long one pull of a lane waits at the server
	// MaxInline is the size of an original, in bytes, above which it is stored apart.
	MaxInline int
	// CacheAge is how long an order's internal id is remembered.
	CacheAge time.Duration

	// Durability says what an acknowledgement means where the caller knows, as with the embedded server; else MonitoringURL,
	// the HTTP monitoring addresses of the NATS servers with commas between, is asked.
	Durability    *Guarantee
	MonitoringURL string
	// Strict refuses to publish while an acknowledgement is not known to be durable.
	Strict bool

	// Guest leaves streams and buckets that exist as they are, and makes none. It is for what people run: their file may
	// state other limits than the programs' files do, and must not take copies away; and whoever looks while a backup is
	// brought back must not make the streams of it.
	Guest bool
	// Restoring is for whoever brings a backup back: everybody else is refused until that is done.
	Restoring bool

	Worker string // name of this process in records and leases
	Logger zerolog.Logger

	// crash is called by tests between two steps; an error ends the operation there as a crash would.
	crash func(step string) error
}

// DefaultOptions returns the settings of one server on one machine.
func DefaultOptions() Options {
	return Options{
		Replicas: 1, Lanes: 4,
		AckWait: 30 * time.Second, Heartbeat: 8 * time.Second, PublishTimeout: 10 * time.Second, PullWait: 10 * time.Second,
		MaxInline: 256 << 10, CacheAge: 7 * 24 * time.Hour,
		Logger: zerolog.Nop(),
	}
}

// MaxLanes bounds the lanes of an account. NetSuite allows at most some dozens of calls at once.
const MaxLanes = 256

var token = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func (o Options) withDefaults() Options {
	d := DefaultOptions()
	set(&o.Replicas, d.Replicas)
	set(&o.Lanes, d.Lanes)
	set(&o.AckWait, d.AckWait)
	set(&o.Heartbeat, min(d.Heartbeat, o.AckWait/4))
	set(&o.PublishTimeout, d.PublishTimeout)
	set(&o.PullWait, d.PullWait)
	set(&o.MaxInline, d.MaxInline)
	set(&o.CacheAge, d.CacheAge)
	if o.crash == nil {
		o.crash = func(string) error { return nil }
	}
	return o
}

func set[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

func (o Options) validate() error {
	switch {
	case o.Prefix != "" && !token.MatchString(o.Prefix):
		return fmt.Errorf("nats prefix %q: only letters, digits, - and _ may stand in it", o.Prefix)
	case o.Replicas < 1 || o.Replicas > 5:
		return fmt.Errorf("nats replicas %d: must be between 1 and 5", o.Replicas)
	case o.Lanes < 1 || o.Lanes > MaxLanes:
		return fmt.Errorf("lanes %d: must be between 1 and %d", o.Lanes, MaxLanes)
	case o.Heartbeat > o.AckWait/3:
		return fmt.Errorf("heartbeat %s: must be at most a third of the ack wait %s, or a slow one loses the lane", o.Heartbeat, o.AckWait)
	case o.MaxBytes < 0:
		return fmt.Errorf("nats max bytes %d: must not be negative", o.MaxBytes)
	}
	return nil
}

// stream returns the name of a stream or bucket.
func (o Options) stream(name string) string {
	if o.Prefix == "" {
		return name
	}
	return o.Prefix + "-" + name
}

// subject returns a subject of the installation.
func (o Options) subject(s string) string {
	if o.Prefix == "" {
		return s
	}
	return o.Prefix + "." + s
}

// maxConsumers is the number of lanes and readers that INBOUND admits. The server's own bound is 1,000 for a stream that
// names none, and a stream cannot change it later.
const maxConsumers = 100_000

// The names of the streams.
const (
	inbound     = "INBOUND"
	history     = "HISTORY"
	parked      = "PARKED"
	deadletters = "DEADLETTERS"
)

// streams returns the configuration of every stream.
func (o Options) streams() []jetstream.StreamConfig {
	base := func(name, subjects, text string) jetstream.StreamConfig {
		return jetstream.StreamConfig{
			Name: o.stream(name), Subjects: []string{o.subject(subjects)}, Description: text,
			Retention: jetstream.LimitsPolicy, Storage: jetstream.FileStorage, Replicas: o.Replicas,
			// Full means refused, never forgotten.
			Discard: jetstream.DiscardNew, AllowDirect: true, MaxConsumers: maxConsumers,
			MaxMsgs: -1, MaxBytes: -1, MaxMsgSize: -1, MaxMsgsPerSubject: -1,
		}
	}
	in := base(inbound, "inbound.>", "every accepted document")
	if o.MaxBytes > 0 {
		in.MaxBytes = o.MaxBytes
	}
	park := base(parked, "parked.>", "documents that wait for a time")
	dead := base(deadletters, "deadletter.>", "documents that wait for a person")
	// One letter a document: a later one takes the place of the earlier.
	park.MaxMsgsPerSubject, dead.MaxMsgsPerSubject = 1, 1
	return []jetstream.StreamConfig{in, base(history, "history.>", "what happened to each document"), park, dead}
}
