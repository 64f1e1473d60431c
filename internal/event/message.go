package event

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/types"
	"github.com/nats-io/nats.go"
)

// headerPrefix marks CloudEvents attributes. NATS header names keep their case, and readers look for lower case.
const headerPrefix = "ce-"

// structuredType is the content type of a message whose body is the whole event.
const structuredType = "application/cloudevents"

// Header returns the headers and the body of a NATS message in binary content mode: each attribute is a header named for
// it with the prefix ce-, the data is the body. Values are percent-encoded as the CloudEvents NATS binding asks, because
// a supplier's payloadID may hold anything and a header holds one line.
func Header(ce cloudevents.Event) (nats.Header, []byte, error) {
	if err := ce.Validate(); err != nil {
		return nil, nil, fmt.Errorf("encode event %q: %w", ce.ID(), err)
	}
	h := nats.Header{}
	set := func(name, value string) {
		if value != "" {
			h[headerPrefix+name] = []string{encode(value)}
		}
	}
	set("specversion", ce.SpecVersion())
	set("id", ce.ID())
	set("source", ce.Source())
	set("type", ce.Type())
	set("subject", ce.Subject())
	set("datacontenttype", ce.DataContentType())
	set("dataschema", ce.DataSchema())
	if !ce.Time().IsZero() {
		set("time", ce.Time().UTC().Format(time.RFC3339Nano))
	}
	for name, v := range ce.Extensions() {
		text, err := types.Format(v)
		if err != nil {
			return nil, nil, fmt.Errorf("encode event %q: extension %s: %w", ce.ID(), name, err)
		}
		set(name, text)
	}
	return h, ce.Data(), nil
}

// FromMessage reads a CloudEvent from a NATS message: binary mode when it has ce- headers, else structured mode, in
// which the body is the event as JSON.
func FromMessage(h nats.Header, data []byte) (cloudevents.Event, error) {
	if structured(h) {
		var ce cloudevents.Event
		if err := json.Unmarshal(data, &ce); err != nil {
			return cloudevents.Event{}, fmt.Errorf("read structured event: %w", err)
		}
		return ce, nil
	}
	version := Attribute(h, "specversion")
	if version != cloudevents.VersionV1 {
		return cloudevents.Event{}, fmt.Errorf("read event: specversion %q is not %s", version, cloudevents.VersionV1)
	}
	ce := cloudevents.NewEvent()
	for key := range h {
		name, ok := strings.CutPrefix(key, headerPrefix)
		if !ok || name == "specversion" {
			continue
		}
		if err := setAttribute(&ce, name, Attribute(h, name)); err != nil {
			return cloudevents.Event{}, fmt.Errorf("read event: attribute %s: %w", name, err)
		}
	}
	if len(data) > 0 {
		ce.DataEncoded = data
	}
	if err := ce.Validate(); err != nil {
		return cloudevents.Event{}, fmt.Errorf("read event %q: %w", ce.ID(), err)
	}
	return ce, nil
}

// Attribute returns an attribute of the event that the headers carry, or "" when it is not there. It serves listings
// that fetch headers only.
func Attribute(h nats.Header, name string) string {
	v := h[headerPrefix+name]
	if len(v) == 0 {
		return ""
	}
	return decode(v[0])
}

func structured(h nats.Header) bool {
	for _, name := range []string{"content-type", "Content-Type"} {
		if v := h[name]; len(v) > 0 && strings.HasPrefix(v[0], structuredType) {
			return true
		}
	}
	for key := range h {
		if strings.HasPrefix(key, headerPrefix) {
			return false
		}
	}
	return true
}

// setAttribute sets one attribute from its text. The SDK collects errors of setters in the event; Validate reports them.
func setAttribute(ce *cloudevents.Event, name, value string) error {
	switch name {
	case "id":
		ce.SetID(value)
	case "source":
		ce.SetSource(value)
	case "type":
		ce.SetType(value)
	case "subject":
		ce.SetSubject(value)
	case "datacontenttype":
		ce.SetDataContentType(value)
	case "dataschema":
		ce.SetDataSchema(value)
	case "time":
		t, err := types.ParseTime(value)
		if err != nil {
			return err
		}
		ce.SetTime(t)
	default:
		ce.SetExtension(name, value)
	}
	return nil
}

// encode percent-encodes what a header value must not hold (CloudEvents HTTP binding 3.1.3.2, which the NATS binding
// follows): blanks, double quotes, percent signs and everything outside of printable ASCII.
func encode(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c == '"' || c == '%' || c > '~' {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// decode undoes encode. Writers that do not encode exist, so text that is no valid encoding is taken as it is.
func decode(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	d, err := url.PathUnescape(s)
	if err != nil {
		return s
	}
	return d
}
