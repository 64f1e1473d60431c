package event_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	sdknats "github.com/cloudevents/sdk-go/protocol/nats/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"counterpunch/internal/event"
)

// The NATS binding of the SDK knows structured mode only, so the two ways with it are structured. Binary mode has the
// header names and values of the HTTP binding, whose SDK code is the other witness.

func TestReadsWhatTheSDKWritesToNATS(t *testing.T) {
	want := sample()
	ce, err := want.CloudEvent()
	if err != nil {
		t.Fatal(err)
	}
	w := &bytes.Buffer{}
	if err := sdknats.WriteMsg(context.Background(), binding.ToMessage(&ce), w); err != nil {
		t.Fatal(err)
	}
	for name, h := range map[string]nats.Header{"no headers": nil, "content type": {"content-type": {"application/cloudevents+json"}}} {
		t.Run(name, func(t *testing.T) {
			back, err := event.FromMessage(h, w.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			got, err := event.FromCloudEvent(back)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTheSDKReadsOurStructuredForm(t *testing.T) {
	ce, err := sample().CloudEvent()
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(ce)
	if err != nil {
		t.Fatal(err)
	}
	got, err := binding.ToEvent(context.Background(), sdknats.NewMessage(&nats.Msg{Data: body}))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(ce.String(), got.String()); d != "" {
		t.Error(d)
	}
}

func TestTheSDKReadsOurBinaryForm(t *testing.T) {
	e := sample()
	ce, err := e.CloudEvent()
	if err != nil {
		t.Fatal(err)
	}
	h, body, err := event.Header(ce)
	if err != nil {
		t.Fatal(err)
	}
	web := http.Header{}
	for key, v := range h {
		if key == "ce-datacontenttype" {
			key = "Content-Type" // the one attribute that the HTTP binding maps to a header of its own
		}
		web.Set(key, v[0])
	}
	got, err := binding.ToEvent(context.Background(), cehttp.NewMessage(web, io.NopCloser(bytes.NewReader(body))))
	if err != nil {
		t.Fatal(err)
	}
	back, err := event.FromCloudEvent(*got)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(e, back); d != "" {
		t.Error(d)
	}
}

func TestReadsTheSDKsBinaryForm(t *testing.T) {
	e := sample()
	ce, err := e.CloudEvent()
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, "http://x/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := cehttp.WriteRequest(binding.WithForceBinary(context.Background()), binding.ToMessage(&ce), req); err != nil {
		t.Fatal(err)
	}
	h := nats.Header{}
	for key, v := range req.Header {
		if key == "Content-Type" {
			key = "ce-datacontenttype"
		}
		h[strings.ToLower(key)] = v
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}
	back, err := event.FromMessage(h, body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := event.FromCloudEvent(back)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(e, got); d != "" {
		t.Error(d)
	}
}

func FuzzFromMessage(f *testing.F) {
	ce, err := sample().CloudEvent()
	if err != nil {
		f.Fatal(err)
	}
	structured, err := json.Marshal(ce)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("", "", "", structured)
	f.Add("1.0", "p%0a", "2026-09-01T10:00:00Z", ce.Data())
	f.Fuzz(func(t *testing.T, version, payloadID, when string, body []byte) {
		h := nats.Header{}
		if version != "" {
			h = nats.Header{
				"ce-specversion": {version}, "ce-id": {"1"}, "ce-source": {"/suppliers/a"}, "ce-account": {"main"},
				"ce-type": {"counterpunch.invoice.received.v1"}, "ce-payloadhash": {"h"}, "ce-payloadid": {payloadID}, "ce-time": {when},
			}
		}
		read, err := event.FromMessage(h, body)
		if err != nil {
			return
		}
		e, err := event.FromCloudEvent(read)
		if err != nil {
			return
		}
		// Whatever could be read can be written and read again as the same.
		again, err := e.CloudEvent()
		if err != nil {
			t.Fatalf("read but cannot be written: %v", err)
		}
		h2, b2, err := event.Header(again)
		if err != nil {
			t.Fatal(err)
		}
		read2, err := event.FromMessage(h2, b2)
		if err != nil {
			t.Fatal(err)
		}
		e2, err := event.FromCloudEvent(read2)
		if err != nil {
			t.Fatal(err)
		}
		if e.PayloadID != e2.PayloadID || e.ID != e2.ID || !e.Time.Equal(e2.Time) {
			t.Errorf("%+v became %+v", e, e2)
		}
	})
}
