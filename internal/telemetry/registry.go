package telemetry

import (
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// NewRegistry returns a registry with what every program shows about itself: the Go runtime, the process and
// counterpunch_build_info.
func NewRegistry(program string) *prometheus.Registry {
	version, revision := build()
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name:        "counterpunch_build_info",
			Help:        "Always 1; the labels say which program runs in which version.",
			ConstLabels: prometheus.Labels{"program": program, "version": version, "revision": revision},
		}, func() float64 { return 1 }),
	)
	return r
}

// build returns version and revision as the Go tool recorded them.
func build() (version, revision string) {
	version, revision = "unknown", "unknown"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version, revision
	}
	if info.Main.Version != "" {
		version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = s.Value
		}
	}
	return version, revision
}
