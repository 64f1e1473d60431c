package chaos

import (
	"bufio"
	"bytes"
	"context"
	"strconv"
	"strings"
)

// Scrape is what a program showed under /metrics.
type Scrape struct {
	Values map[string]float64 // by series, as written: name{label="value",…}
	Text   []byte
	First  bool // the program was never started again, so that its counters are complete
}

// Sum adds up the series of a metric that have all of the labels, each given as name="value".
func (s Scrape) Sum(metric string, labels ...string) float64 {
	sum := 0.0
	for series, v := range s.Values {
		name, rest, _ := strings.Cut(series, "{")
		ok := name == metric
		for _, l := range labels {
			ok = ok && strings.Contains("{"+rest, "{"+l) || ok && strings.Contains(rest, ","+l)
		}
		if ok {
			sum += v
		}
	}
	return sum
}

// parseMetrics reads the text format of Prometheus.
func parseMetrics(text []byte) map[string]float64 {
	values := map[string]float64{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text)+1)
	for lines.Scan() {
		line := lines.Text()
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		if v, err := strconv.ParseFloat(line[at+1:], 64); err == nil {
			values[line[:at]] = v
		}
	}
	return values
}

// scrape asks ingest and workers for their metrics.
func (i *Installation) scrape(ctx context.Context) (map[string]Scrape, error) {
	all := map[string]Scrape{}
	for _, p := range append([]*Process{i.Ingest}, i.Workers...) {
		text, err := fetch(ctx, i.client, i.admins[p.Name]+"/metrics", "", "")
		if err != nil {
			return nil, err
		}
		all[p.Name] = Scrape{parseMetrics(text), text, p.Starts() == 1}
	}
	return all, nil
}
