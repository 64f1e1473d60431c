package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"counterpunch/internal/document"
)

// NoClass is the label value for a call or an attempt without an error.
const NoClass = "ok"

// The closed sets of label values. They repeat what the packages that own them define, so that this one imports neither.
var (
	classes          = []string{NoClass, "busy", "down", "unknown", "login", "changed", "not-found", "not-yet", "exists", "refused", "odd"}
	states           = []string{"applied", "superseded", "recorded", "parked", "dead-lettered", "discarded"}
	breakerStates    = []string{"closed", "half-open", "open"}
	credentialStates = []string{"unproven", "proven", "suspect", "held"}
	replayOutcomes   = []string{"replayed", "skipped", "failed"}
)

// Delivery counts what becomes of documents and how NetSuite behaves.
type Delivery struct {
	attempts   *prometheus.CounterVec
	documents  *prometheus.CounterVec
	callTime   *prometheus.HistogramVec
	calls      *prometheus.CounterVec
	slots      *slots
	breaker    *prometheus.GaugeVec
	credential *prometheus.GaugeVec
	held       *prometheus.GaugeVec
	endToEnd   *prometheus.HistogramVec
	replays    *prometheus.CounterVec
}

// NewDelivery registers the metrics of delivery. accounts are the names of the configuration.
func NewDelivery(r prometheus.Registerer, accounts []string) *Delivery {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	}
	m := &Delivery{
		attempts:  counter("counterpunch_attempts_total", "Attempts to bring a document into NetSuite, by class of error.", "account", "class"),
		documents: counter("counterpunch_documents_total", "Documents that reached a state, by kind and state.", "account", "kind", "state"),
		callTime: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "counterpunch_netsuite_call_seconds",
			Help:    "Time of one call to NetSuite, whatever its outcome.",
			Buckets: []float64{.1, .25, .5, 1, 2, 3, 5, 8, 15, 30, 60, 120, 300},
		}, []string{"account", "call"}),
		calls:      counter("counterpunch_netsuite_calls_total", "Calls to NetSuite, by class of error.", "account", "call", "class"),
		slots:      &slots{busy: map[string]func() int{}},
		breaker:    gauge("counterpunch_breaker_state", "1 for the state that the account's breaker is in, 0 for the others.", "account", "state"),
		credential: gauge("counterpunch_credential_state", "1 for the state that the account's credential is in, 0 for the others.", "account", "state"),
		held:       gauge("counterpunch_account_held", "1 while a person holds the account.", "account"),
		endToEnd: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "counterpunch_end_to_end_seconds",
			Help: "Time from the receipt of a document to its end in NetSuite.",
			// From a document that meets an idle lane to one that waited for its order until the deadline.
			Buckets: []float64{.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 24 * 3600, 3 * 24 * 3600, 14 * 24 * 3600},
		}, []string{"account"}),
		replays: counter("counterpunch_replays_total", "Documents that jobs have decided about: replayed, skipped because somebody else was first, failed.", "account", "outcome"),
	}
	r.MustRegister(m.attempts, m.documents, m.callTime, m.calls, m.slots, m.breaker, m.credential, m.held, m.endToEnd, m.replays)
	for _, a := range accounts {
		m.prepare(a)
	}
	return m
}

// prepare creates the series of an account, so that rates start at 0 and not at the first event.
func (m *Delivery) prepare(account string) {
	for _, c := range classes {
		m.attempts.WithLabelValues(account, c)
	}
	for _, k := range document.Kinds() {
		for _, s := range states {
			m.documents.WithLabelValues(account, string(k), s)
		}
	}
	for _, o := range replayOutcomes {
		m.replays.WithLabelValues(account, o)
	}
	m.Slots(account, func() int { return 0 })
	m.held.WithLabelValues(account)
	m.endToEnd.WithLabelValues(account)
	m.Breaker(account, "closed")
	m.Credential(account, "unproven")
}

// Attempt counts one attempt. class is the error's, "" for none.
func (m *Delivery) Attempt(account, class string) {
	m.attempts.WithLabelValues(account, orNone(class)).Inc()
}

// Document counts a document that reached a state: applied, superseded, recorded, parked, dead-lettered or discarded.
func (m *Delivery) Document(account string, kind document.Kind, state string) {
	m.documents.WithLabelValues(account, string(kind), state).Inc()
}

// EndToEnd records how long a document took from its receipt to its end.
func (m *Delivery) EndToEnd(account string, took time.Duration) {
	m.endToEnd.WithLabelValues(account).Observe(took.Seconds())
}

// Replay counts a document that a job has decided about: replayed, skipped or failed.
func (m *Delivery) Replay(account, outcome string) {
	m.replays.WithLabelValues(account, outcome).Inc()
}

// Call records one call to NetSuite. call names what is called without any identifier, such as "get purchaseOrder".
func (m *Delivery) Call(account, call, class string, took time.Duration) {
	m.callTime.WithLabelValues(account, call).Observe(took.Seconds())
	m.calls.WithLabelValues(account, call, orNone(class)).Inc()
}

// Slots sets what tells how many calls are in progress; it is asked at each scrape.
func (m *Delivery) Slots(account string, busy func() int) { m.slots.watch(account, busy) }

// Breaker sets the state of the account's breaker: closed, half-open or open.
func (m *Delivery) Breaker(account, state string) { one(m.breaker, account, state, breakerStates) }

// Credential sets the state of the account's credential: unproven, proven, suspect or held.
func (m *Delivery) Credential(account, state string) {
	one(m.credential, account, state, credentialStates)
}

// Held sets whether a person holds the account.
func (m *Delivery) Held(account string, held bool) {
	m.held.WithLabelValues(account).Set(number(held))
}

// one sets one of a closed set of states.
func one(g *prometheus.GaugeVec, account, state string, all []string) {
	for _, s := range all {
		g.WithLabelValues(account, s).Set(number(s == state))
	}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func orNone(class string) string {
	if class == "" {
		return NoClass
	}
	return class
}
