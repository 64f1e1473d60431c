package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"counterpunch/fixtures/fixturetest"
	"counterpunch/internal/config"
	"counterpunch/internal/demo"
	"counterpunch/internal/queue"
	"counterpunch/internal/queue/embedded"
	"counterpunch/internal/queue/embedded/embeddedtest"
	"counterpunch/internal/simulator"
	"counterpunch/internal/testkit/wait"
)

func TestReadinessSaysWhatAnAcknowledgementMeansAndWhyNot(t *testing.T) {
	w := open(t, demo.Options{})
	for _, admin := range []string{w.Addresses().IngestAdmin, w.Addresses().WorkerAdmin} {
		status, body := get(t, admin+"/readyz")
		if status != http.StatusOK || !strings.Contains(body, "on disk when acknowledged (embedded server)") {
			t.Errorf("%s/readyz: %d %s", admin, status, body)
		}
	}
	w.Serve.Ingest.Refuse()
	if status, body := get(t, w.Addresses().IngestAdmin+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "shutting down") {
		t.Errorf("/readyz while refusing: %d %s", status, body)
	}
	if status, _ := get(t, w.Addresses().IngestAdmin+"/healthz"); status != http.StatusOK {
		t.Errorf("/healthz while refusing: %d, want 200: the process is well", status)
	}
	f := fixturetest.Named(t, "01-confirm-accept.xml")
	answer, err := w.Post(t.Context(), f.ContentType, f.Body)
	if err != nil || answer.Code != 560 || answer.ID != "" {
		t.Errorf("a document while refusing: %+v, %v, want 560", answer, err)
	}
}

func TestWithoutNATSNothingIsAcceptedAndReadinessSaysSo(t *testing.T) {
	server := embeddedtest.Start(t, embedded.Options{Dir: t.TempDir(), Port: -1, SyncAlways: true})
	w := open(t, demo.Options{Change: func(c *config.Config) {
		c.NATS.URL, c.Ingest.PublishTimeout, c.Worker.Shutdown = server.URL(), 500*time.Millisecond, time.Second
	}})
	status, body := get(t, w.Addresses().IngestAdmin+"/readyz")
	if status != http.StatusOK || !strings.Contains(body, "is unknown: set nats.monitoring_url") {
		t.Errorf("/readyz with a server that nobody asked: %d %s", status, body)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	for _, admin := range []string{w.Addresses().IngestAdmin, w.Addresses().WorkerAdmin} {
		wait.Until(t.Context(), t, admin+"/readyz is 503", func() bool {
			status, _ := get(t, admin+"/readyz")
			return status == http.StatusServiceUnavailable
		})
	}
	f := fixturetest.Named(t, "01-confirm-accept.xml")
	answer, err := w.Post(t.Context(), f.ContentType, f.Body)
	if err != nil || answer.Code != 560 {
		t.Errorf("a document without NATS: %+v, %v, want 560", answer, err)
	}
	if got := scrape(t, w.Addresses().WorkerAdmin)["counterpunch_queue_readable"]; got != 0 {
		t.Errorf("counterpunch_queue_readable is %v without NATS", got)
	}
}

func TestAWorkerThatStopsFinishesWhatItHasInHand(t *testing.T) {
	slow := simulator.Spread{Median: simulator.Duration(2 * time.Second)} // so that a busy machine does not miss the call
	w := open(t, demo.Options{Simulator: simulator.Options{Latency: simulator.Latency{Patch: slow}}})
	f := fixturetest.Named(t, "01-confirm-accept.xml")
	answer, err := w.Post(t.Context(), f.ContentType, f.Body)
	if err != nil {
		t.Fatal(err)
	}
	wait.Until(t.Context(), t, "a call in progress shows in the metrics", func() bool {
		return scrape(t, w.Addresses().WorkerAdmin)[`counterpunch_netsuite_slots_busy{account="main"}`] == 1
	})
	if err := w.Serve.Worker.Stop(); err != nil {
		t.Fatal(err)
	}
	st, err := w.Serve.Queue.Status(t.Context(), answer.ID)
	if err != nil || st.State != queue.StateApplied {
		t.Errorf("after the worker's end the document is %s, %v, want applied", st.State, err)
	}
	if _, err := http.Get(w.Addresses().WorkerAdmin + "/healthz"); err == nil {
		t.Error("the admin port of the worker is still open")
	}
}

func TestServeStopsOnceHoweverOftenItIsTold(t *testing.T) {
	w := open(t, demo.Options{})
	for range 2 {
		if err := w.Serve.Stop(); err != nil {
			t.Fatal(err)
		}
	}
}
