package schemas

import (
	"embed"

	"counterpunch/internal/document"
)

//go:embed *.v1.json
var events embed.FS

// JSON returns the JSON Schema (2020-12) of the data of the events that carry documents of this kind, as it lies in the
// repository, or false when there is no such kind. Its $id is the event's dataschema.
func JSON(kind document.Kind) ([]byte, bool) {
	for _, k := range document.Kinds() {
		if k == kind {
			schema, err := events.ReadFile(string(kind) + ".v1.json")
			return schema, err == nil
		}
	}
	return nil, false
}
