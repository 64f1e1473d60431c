package app_test

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/demo"
	"counterpunch/internal/demo/demotest"
	"counterpunch/internal/queue/embedded/embeddedtest"
)

func TestMain(m *testing.M) { embeddedtest.VerifyMain(m) }

// open starts an installation with a simulated NetSuite.
func open(t *testing.T, o demo.Options) *demo.World {
	t.Helper()
	w := demotest.Open(t, o)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return w
}

// get returns status and body.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
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
