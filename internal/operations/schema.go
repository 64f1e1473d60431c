package operations

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/schemas"
)

// readDocument reads a normalised document that a person has written. It must be what consumers of events are promised.
func readDocument(body []byte, kind document.Kind) (*document.Document, error) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("it is no JSON: %w", err)
	}
	schema, err := schemaOf(kind)
	if err != nil {
		return nil, err
	}
	if err := schema.Validate(value); err != nil {
		return nil, fmt.Errorf("it does not follow the schema of a %s: %w", kind, err)
	}
	var d document.Document
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands after the document")
	}
	return &d, nil
}

// schemaOf returns the schema of the document within an event of this kind.
func schemaOf(kind document.Kind) (*jsonschema.Schema, error) {
	raw, ok := schemas.JSON(kind)
	if !ok {
		return nil, fmt.Errorf("there is no schema of a %s", kind)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("read the schema of a %s: %w", kind, err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(event.Schema(kind), value); err != nil {
		return nil, fmt.Errorf("read the schema of a %s: %w", kind, err)
	}
	s, err := c.Compile(event.Schema(kind) + "#/properties/document")
	if err != nil {
		return nil, fmt.Errorf("read the schema of a %s: %w", kind, err)
	}
	return s, nil
}
