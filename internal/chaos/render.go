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

// letter writes documents as cXML, signed with the supplier's secret.
type letter struct {
	template *template.Template
}

func newLetter(secret string) (*letter, error) {
	functions := template.FuncMap{
		"time":   func(t time.Time) string { return t.Format(time.RFC3339) },
		"secret": func() string { return secret },
	}
	t, err := template.New("").Funcs(functions).ParseFS(templates, "templates/*.xml")
	if err != nil {
		return nil, fmt.Errorf("read the templates of documents: %w", err)
	}
	return &letter{t}, nil
}

func (l *letter) write(d Document) ([]byte, error) {
	var b bytes.Buffer
	if err := l.template.ExecuteTemplate(&b, d.Kind, d); err != nil {
		return nil, fmt.Errorf("write %s %s: %w", d.Kind, d.Number, err)
	}
	return b.Bytes(), nil
}
