package app_test

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"counterpunch/fixtures"
	"counterpunch/internal/demo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open starts an installation with a simulated NetSuite.
func open(t *testing.T, o demo.Options) *demo.World {
	t.Helper()
	o.Orders = fixtures.Orders()
	w, err := demo.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func mustFixtures(t *testing.T) []fixtures.Fixture {
	t.Helper()
	all, err := fixtures.All()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// get returns status and body.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// series are what an admin port shows under /metrics, by name with labels as it is printed.
type series map[string]float64

func scrape(t *testing.T, admin string) series {
	t.Helper()
	status, body := get(t, admin+"/metrics")
	if status != http.StatusOK {
		t.Fatalf("GET %s/metrics: %d", admin, status)
	}
	all := series{}
	for line := range strings.Lines(body) {
		name, value, found := strings.Cut(strings.TrimSpace(line), "} ")
		if name += "}"; !found {
			name, value, found = strings.Cut(strings.TrimSpace(line), " ")
		}
		if n, err := strconv.ParseFloat(value, 64); found && err == nil && !strings.HasPrefix(line, "#") {
			all[name] = n
		}
	}
	return all
}

// sum adds up the series of a name, by the values of some labels joined with blanks; those that are 0 are left out.
func (s series) sum(name string, labels ...string) map[string]int {
	sums := map[string]int{}
	for key, value := range s {
		family, rest, _ := strings.Cut(key, "{")
		if family != name || value == 0 {
			continue
		}
		var parts []string
		for _, label := range labels {
			_, after, _ := strings.Cut(","+strings.TrimSuffix(rest, "}"), ","+label+`="`)
			value, _, _ := strings.Cut(after, `"`)
			parts = append(parts, value)
		}
		sums[strings.Join(parts, " ")] += int(value)
	}
	return sums
}

// await looks until done reports true, a minute at most.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	limit := time.NewTimer(time.Minute)
	defer limit.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
