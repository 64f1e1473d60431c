package event_test

import (
	"bytes"
	"context"
	"testing"

	cejs "github.com/cloudevents/sdk-go/protocol/nats_jetstream/v2"
	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"counterpunch/internal/event"
)

// The SDK's JetStream binding is the witness for the binary form: it reads what is written here, and the other way round.
func TestTheSDKsJetStreamBindingReadsOurBinaryForm(t *testing.T) {
	e := sample()
	header, body, err := event.Header(mustCloudEvent(t, e))
	if err != nil {
		t.Fatal(err)
	}
	ce, err := binding.ToEvent(context.Background(), cejs.NewMessage(&nats.Msg{Header: header, Data: body}))
	if err != nil {
		t.Fatal(err)
	}
	got, err := event.FromCloudEvent(*ce)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadsTheBinaryFormOfTheSDKsJetStreamBinding(t *testing.T) {
	e := sample()
	ce := mustCloudEvent(t, e)
	var body bytes.Buffer
	header, err := cejs.WriteMsg(binding.WithForceBinary(context.Background()), binding.ToMessage(&ce), &body)
	if err != nil {
		t.Fatal(err)
	}
	read, err := event.FromMessage(header, body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	got, err := event.FromCloudEvent(read)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e, got); diff != "" {
		t.Error(diff)
	}
}

func mustCloudEvent(t *testing.T, e *event.Event) cloudevents.Event {
	t.Helper()
	ce, err := e.CloudEvent()
	if err != nil {
		t.Fatal(err)
	}
	return ce
}
