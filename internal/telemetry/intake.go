package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"counterpunch/internal/document"
)

// Answer is what a supplier was told. The set is closed.
type Answer string

// The answers. Refusals are named by what the supplier has to do about them.
const (
	Accepted       Answer = "accepted"        // 200, stored
	Repeated       Answer = "repeated"        // 200, had it already
	Tested         Answer = "tested"          // 200 on a test that goes nowhere
	Profile        Answer = "profile"         // 200 on a ProfileRequest
	BadRequest     Answer = "bad-request"     // 400
	Unauthorized   Answer = "unauthorized"    // 401
	Forbidden      Answer = "forbidden"       // 403
	NotAcceptable  Answer = "not-acceptable"  // 406
	Conflict       Answer = "conflict"        // 409
	NotImplemented Answer = "not-implemented" // 450
	Failed         Answer = "failed"          // 500
	Later          Answer = "later"           // 560: rate, shutdown, JetStream not acknowledging
)

// Answers lists every Answer.
func Answers() []Answer {
	return []Answer{Accepted, Repeated, Tested, Profile, BadRequest, Unauthorized, Forbidden, NotAcceptable, Conflict, NotImplemented, Failed, Later}
}

// AnswerTo returns the answer for a cXML status code. 200 is Accepted: only the caller knows of Repeated, Tested and Profile.
func AnswerTo(code int) Answer {
	switch code {
	case 200, 201:
		return Accepted
	case 401:
		return Unauthorized
	case 403:
		return Forbidden
	case 406:
		return NotAcceptable
	case 409:
		return Conflict
	case 450:
		return NotImplemented
	case 560:
		return Later
	}
	if code >= 500 {
		return Failed
	}
	return BadRequest
}

// Unknown is the label value for a supplier or a kind that is not known. What a stranger writes is never a label value.
const Unknown = "unknown"

// Intake counts what comes in from suppliers.
type Intake struct {
	suppliers map[string]bool
	documents *prometheus.CounterVec
	seconds   prometheus.Histogram
	inFlight  prometheus.Gauge
}

// NewIntake registers the metrics of intake. suppliers are the names of the configuration.
func NewIntake(r prometheus.Registerer, suppliers []string) *Intake {
	m := &Intake{
		suppliers: map[string]bool{},
		documents: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "counterpunch_intake_documents_total",
			Help: "Documents received, by supplier, kind and what the supplier was told.",
		}, []string{"supplier", "kind", "answer"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "counterpunch_intake_seconds",
			Help:    "Time from the end of the request's header to the answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "counterpunch_intake_in_flight",
			Help: "Requests being answered now.",
		}),
	}
	r.MustRegister(m.documents, m.seconds, m.inFlight)
	// Not every combination: with a thousand suppliers that would be forty thousand series that stay zero.
	for _, s := range suppliers {
		m.suppliers[s] = true
		for _, k := range document.Kinds() {
			m.documents.WithLabelValues(s, string(k), string(Accepted))
		}
	}
	for _, a := range Answers() {
		m.documents.WithLabelValues(Unknown, Unknown, string(a))
	}
	return m
}

// Document counts one answered document. A supplier that is not configured and a kind that is not one of the three count
// as Unknown.
func (m *Intake) Document(supplier string, kind document.Kind, answer Answer, took time.Duration) {
	if !m.suppliers[supplier] {
		supplier = Unknown
	}
	switch kind {
	case document.KindOrderConfirmation, document.KindShipNotice, document.KindInvoice:
	default:
		kind = Unknown
	}
	m.documents.WithLabelValues(supplier, string(kind), string(answer)).Inc()
	m.seconds.Observe(took.Seconds())
}

// Begin counts a request as in flight until the returned function is called.
func (m *Intake) Begin() (end func()) {
	m.inFlight.Inc()
	return m.inFlight.Dec
}
