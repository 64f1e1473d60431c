package telemetry

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestLogIsOneJSONObjectALineWithTheTimeInUTC(t *testing.T) {
	var out bytes.Buffer
	log, err := NewLogger(LogOptions{Program: "ingest", Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	log.Debug().Msg("not.shown")
	log.Info().Str("supplier", "a\nb\x1b[31m").Msg("document.accepted")
	var line map[string]string
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("not one JSON object: %v: %s", err, out.String())
	}
	if line["message"] != "document.accepted" || line["program"] != "ingest" || line["level"] != "info" {
		t.Errorf("line is %v", line)
	}
	if strings.Count(out.String(), "\n") != 1 || strings.Contains(out.String(), "\x1b") {
		t.Errorf("control characters reached the log: %q", out.String())
	}
	at, err := time.Parse(time.RFC3339, line["time"])
	if err != nil || at.Location() != time.UTC || time.Since(at).Abs() > time.Minute {
		t.Errorf("time is %q", line["time"])
	}
}

func TestConsoleFormat(t *testing.T) {
	var out bytes.Buffer
	log, err := NewLogger(LogOptions{Format: "console", Level: "debug", Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	log.Debug().Str("supplier", "a\nb\x1b[31m").Msg("document.accepted")
	if strings.HasPrefix(out.String(), "{") || !strings.Contains(out.String(), "document.accepted") {
		t.Errorf("console line: %q", out.String())
	}
	if strings.Count(out.String(), "\n") != 1 || strings.Contains(out.String(), "\x1b") {
		t.Errorf("control characters reached the console: %q", out.String())
	}
}

func TestWrongLogOptions(t *testing.T) {
	for _, o := range []LogOptions{{Level: "loud"}, {Format: "xml"}} {
		if _, err := NewLogger(o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}

func TestClipCountsCharacters(t *testing.T) {
	long := strings.Repeat("ä", 300)
	if got := Clip(long); got != strings.Repeat("ä", 256)+"…" {
		t.Errorf("clipped to %d bytes", len(got))
	}
	if short := strings.Repeat("ä", 256); Clip(short) != short {
		t.Error("256 characters were clipped")
	}
}

func TestStdLogGivesEvents(t *testing.T) {
	var out bytes.Buffer
	log, err := NewLogger(LogOptions{Format: "json", Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	StdLog(log, "http.error").Printf("http: TLS handshake error from %s", "192.0.2.1")
	var line map[string]string
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || line["message"] != "http.error" || line["level"] != "warn" || !strings.HasSuffix(line["detail"], "192.0.2.1") {
		t.Errorf("line is %s (%v)", out.String(), err)
	}
}
