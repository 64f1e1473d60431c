package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// serve runs an admin listener on a free port until the test ends.
func serve(t *testing.T, ready func(context.Context) (map[string]string, error)) (url string) {
	t.Helper()
	a := NewAdmin(Options{Addr: "127.0.0.1:0", Registry: NewRegistry("test"), Ready: ready})
	done := make(chan error, 1)
	go func() { done <- a.ListenAndServe() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := a.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		if err := <-done; err != nil {
			t.Errorf("after shutdown: %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return "http://" + a.Addr()
}

func get(t *testing.T, url string) (status int, body string, header http.Header) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header
}

func TestAdminServesHealthAndMetrics(t *testing.T) {
	url := serve(t, nil)
	if status, body, h := get(t, url+"/healthz"); status != 200 || body != "ok\n" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("/healthz: %d %q %v", status, body, h)
	}
	status, body, _ := get(t, url+"/metrics")
	if status != 200 || !strings.Contains(body, `counterpunch_build_info{program="test"`) || !strings.Contains(body, "go_goroutines") {
		t.Errorf("/metrics: %d %.300s", status, body)
	}
	if status, _, _ := get(t, url+"/readyz"); status != 200 {
		t.Errorf("/readyz without a check: %d", status)
	}
	if status, _, _ := get(t, url+"/"); status != 404 {
		t.Errorf("/: %d", status)
	}
	res, err := http.Post(url+"/readyz", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST /readyz: %d", res.StatusCode)
	}
}

func TestReadyzSaysWhyNot(t *testing.T) {
	details := map[string]string{"durability": "3 replicas, sync always"}
	for _, c := range []struct {
		name   string
		err    error
		status int
		want   readiness
	}{
		{"ready", nil, 200, readiness{Ready: true, Details: details}},
		{"one reason", errors.New("nats: not connected"), 503, readiness{Reasons: []string{"nats: not connected"}, Details: details}},
		{"several", errors.Join(errors.New("a"), errors.New("b")), 503, readiness{Reasons: []string{"a", "b"}, Details: details}},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := serve(t, func(ctx context.Context) (map[string]string, error) {
				if _, ok := ctx.Deadline(); !ok {
					t.Error("the check has no deadline")
				}
				return details, c.err
			})
			status, body, h := get(t, url+"/readyz")
			var got readiness
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			if diff := cmp.Diff(c.want, got); status != c.status || diff != "" || h.Get("Content-Type") != "application/json" {
				t.Errorf("status %d, want %d; body (-want +got):\n%s", status, c.status, diff)
			}
		})
	}
}

func TestAdminSaysWhenItCannotListen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a := NewAdmin(Options{Addr: l.Addr().String(), Registry: NewRegistry("test")})
	if err := a.ListenAndServe(); err == nil || !strings.Contains(err.Error(), "listen for health and metrics") {
		t.Errorf("a taken port: %v", err)
	}
	if a.Addr() != "" {
		t.Errorf("address %q of a listener that failed", a.Addr())
	}
}

func TestShutdownBeforeTheStart(t *testing.T) {
	a := NewAdmin(Options{Addr: "127.0.0.1:0", Registry: NewRegistry("test")})
	if err := a.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := a.ListenAndServe(); err != nil {
		t.Errorf("started after the shutdown: %v", err)
	}
}
