package simulator

import (
	"net/http"
	"strings"
)

// catalog answers the metadata catalogue: the record types, or the JSON schema of one with its custom fields.
func (s *Simulator) catalog(c *call) (reply, error) {
	if len(c.list) == 0 || c.list[0] == "" {
		items := []map[string]any{}
		for _, name := range []string{orderType, billType, creditType, receiptType} {
			items = append(items, map[string]any{"name": name, "links": []map[string]string{
				{"rel": "describes", "href": s.address("metadata-catalog", name), "mediaType": "application/schema+json"}}})
		}
		return reply{status: http.StatusOK, media: "application/json", body: map[string]any{"items": items}}, nil
	}
	schema := s.world.schemas[strings.ToLower(c.list[0])]
	if schema == nil || len(c.list) > 1 {
		return reply{}, refuse(http.StatusNotFound, codeNonexistent, "Record type '"+c.list[0]+"' does not exist.")
	}
	if s.lacks(schema.label) {
		return reply{}, refuse(http.StatusForbidden, codePermission, strings.ReplaceAll(violationText, "%s", "Transactions -> "+schema.label))
	}
	properties := s.describe("", schema.fields)
	for name, fields := range schema.lists {
		if s.absent("", name) {
			continue
		}
		properties[name] = map[string]any{"type": "object", "properties": map[string]any{
			"items": map[string]any{"type": "array", "items": map[string]any{"type": "object", "properties": s.describe(name, fields)}}}}
	}
	return reply{status: http.StatusOK, media: "application/schema+json", body: map[string]any{
		"$schema": "http://json-schema.org/draft-06/hyper-schema#", "type": "object", "properties": properties}}, nil
}

// describe returns the fields of the body or of a list as JSON Schema properties, without those that the role cannot see.
func (s *Simulator) describe(list string, fields map[string]field) map[string]any {
	out := map[string]any{}
	for name, f := range fields {
		if s.absent(list, name) || s.hiddenField(name) {
			continue
		}
		property := map[string]any{"title": name}
		switch f.kind {
		case text:
			property["type"] = "string"
		case day:
			property["type"], property["format"] = "string", "date"
		case instant:
			property["type"], property["format"] = "string", "date-time"
		case number:
			property["type"] = "number"
		case whole:
			property["type"] = "integer"
		case flag:
			property["type"] = "boolean"
		case reference:
			property["type"] = "object"
		}
		if f.readOnly || s.locked(list, name) {
			property["readOnly"] = true
		}
		if isCustom(name) {
			property["x-ns-custom-field"] = true
		}
		out[name] = property
	}
	return out
}
