package telemetry

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

var slotsDesc = prometheus.NewDesc("counterpunch_netsuite_slots_busy", "Calls to NetSuite in progress in this process.", []string{"account"}, nil)

// slots counts the calls in progress at the moment of a scrape: a number that was taken before would mostly be wrong.
type slots struct {
	mu   sync.Mutex
	busy map[string]func() int // by account
}

// Describe implements prometheus.Collector.
func (s *slots) Describe(out chan<- *prometheus.Desc) { out <- slotsDesc }

// Collect implements prometheus.Collector.
func (s *slots) Collect(out chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for account, busy := range s.busy {
		out <- prometheus.MustNewConstMetric(slotsDesc, prometheus.GaugeValue, float64(busy()), account)
	}
}

func (s *slots) watch(account string, busy func() int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy[account] = busy
}
