package chaos

import (
	"bytes"
	"embed"
	"fmt"
	"text/template"
	"time"
)

//go:embed templates/documents.xml
var templates embed.FS

// render returns the documents as cXML, in their order.
func render(documents []Document) ([][]byte, error) {
	t, err := template.New("").Funcs(template.FuncMap{"time": func(t time.Time) string { return t.Format(time.RFC3339) }}).ParseFS(templates, "templates/*.xml")
	if err != nil {
		return nil, fmt.Errorf("read the templates of documents: %w", err)
	}
	bodies := make([][]byte, len(documents))
	for i, d := range documents {
		var b bytes.Buffer
		if err := t.ExecuteTemplate(&b, d.Kind, d); err != nil {
			return nil, fmt.Errorf("write %s %s: %w", d.Kind, d.Number, err)
		}
		bodies[i] = b.Bytes()
	}
	return bodies, nil
}
