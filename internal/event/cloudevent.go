package event

import (
	"encoding/json"
	"fmt"
	"strings"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/types"

	"counterpunch/internal/document"
)

const (
	typePrefix   = "counterpunch."
	typeSuffix   = ".received.v1"
	sourcePrefix = "/suppliers/"
)

// The extension attributes of the event. Names of extensions are lower case letters and digits only.
const (
	extAccount      = "account"
	extPayloadID    = "payloadid"
	extPayloadHash  = "payloadhash"
	extPartitionKey = "partitionkey"
	extTraceParent  = "traceparent"
	extTraceState   = "tracestate"
	extDataRef      = "dataref"
)

// Type returns the CloudEvents type of a received document of this kind.
func Type(kind document.Kind) string { return typePrefix + string(kind) + typeSuffix }

// Schema returns the URI of the JSON Schema of the data. CloudEvents wants an absolute URI, so the path of the file within
// the repository stands behind a scheme of ours. No slash follows the colon: net/url, and with it Go's JSON Schema
// validators, would resolve the references within the schema to another URI.
func Schema(kind document.Kind) string { return "counterpunch:schemas/" + string(kind) + ".v1.json" }

// CloudEvent returns the event as a CloudEvent with JSON data. It fails when a required attribute is missing.
func (e *Event) CloudEvent() (cloudevents.Event, error) {
	ce := cloudevents.NewEvent()
	ce.SetID(e.ID)
	ce.SetSource(sourcePrefix + e.Supplier)
	ce.SetType(Type(e.Kind))
	ce.SetTime(e.Time)
	ce.SetDataSchema(Schema(e.Kind))
	if e.Subject != "" {
		ce.SetSubject(e.Subject)
	}
	for _, x := range []struct{ name, value string }{
		{extAccount, e.Account},
		{extPayloadID, e.PayloadID},
		{extPayloadHash, e.PayloadHash},
		{extPartitionKey, e.PartitionKey},
		{extTraceParent, e.TraceParent},
		{extTraceState, e.TraceState},
		{extDataRef, e.DataRef},
	} {
		if x.value != "" {
			ce.SetExtension(x.name, x.value)
		}
	}
	if err := ce.SetData(cloudevents.ApplicationJSON, e.Data); err != nil {
		return cloudevents.Event{}, fmt.Errorf("encode document %s: %w", e.ID, err)
	}
	if err := check(e); err != nil {
		return cloudevents.Event{}, err
	}
	if err := ce.Validate(); err != nil {
		return cloudevents.Event{}, fmt.Errorf("encode document %s: %w", e.ID, err)
	}
	return ce, nil
}

// FromCloudEvent reads an event that CloudEvent made. It fails when the type is not one of ours, or when an attribute
// that identifies the document is missing.
func FromCloudEvent(ce cloudevents.Event) (*Event, error) {
	kind, ok := strings.CutPrefix(ce.Type(), typePrefix)
	if ok {
		kind, ok = strings.CutSuffix(kind, typeSuffix)
	}
	if !ok {
		return nil, fmt.Errorf("read event %q: type %q is not that of a received document", ce.ID(), ce.Type())
	}
	e := &Event{
		ID:           ce.ID(),
		Supplier:     strings.TrimPrefix(ce.Source(), sourcePrefix),
		Kind:         document.Kind(kind),
		Subject:      ce.Subject(),
		Time:         ce.Time(),
		Account:      extension(ce, extAccount),
		PayloadID:    extension(ce, extPayloadID),
		PayloadHash:  extension(ce, extPayloadHash),
		PartitionKey: extension(ce, extPartitionKey),
		TraceParent:  extension(ce, extTraceParent),
		TraceState:   extension(ce, extTraceState),
		DataRef:      extension(ce, extDataRef),
	}
	if err := check(e); err != nil {
		return nil, err
	}
	if len(ce.Data()) > 0 {
		if err := json.Unmarshal(ce.Data(), &e.Data); err != nil {
			return nil, fmt.Errorf("read event %s: data: %w", e.ID, err)
		}
	}
	return e, nil
}

// check refuses an event that could not be found again or told apart from others.
func check(e *Event) error {
	for _, a := range []struct{ name, value string }{
		{"id", e.ID}, {"supplier", e.Supplier}, {"account", e.Account}, {"payload hash", e.PayloadHash},
	} {
		if a.value == "" {
			return fmt.Errorf("event %q has no %s", e.ID, a.name)
		}
	}
	for _, k := range document.Kinds() {
		if k == e.Kind {
			return nil
		}
	}
	return fmt.Errorf("event %s: %q is not a kind of document", e.ID, e.Kind)
}

// extension returns an extension attribute as text, whatever type a reader of another language gave it.
func extension(ce cloudevents.Event, name string) string {
	v, ok := ce.Extensions()[name]
	if !ok {
		return ""
	}
	s, err := types.Format(v)
	if err != nil {
		return ""
	}
	return s
}
