package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong, or odd, in a configuration.
type Problem struct {
	File         string
	Line, Column int    // 1-based; 0 when the configuration did not come from a file
	Key          string // path of the key, such as suppliers[0].credentials[1].domain; empty for errors of YAML itself
	Text         string // what is wrong and what to do; never contains a secret
}

// String returns "file:line:column: key: text" with the parts that are known.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File + ":")
	}
	if p.Line > 0 {
		fmt.Fprintf(&b, "%d:%d:", p.Line, p.Column)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Text)
	return b.String()
}

// Error is a configuration that cannot be used. It holds every problem, in the order of the file.
type Error struct {
	Problems []Problem
}

// Error returns one line a problem.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

type position struct{ line, column int }

// problems collects what is found, and knows where in the file each key stands.
type problems struct {
	file     string
	at       map[string]position
	texts    map[string]place
	failed   map[string]bool // keys that could not be read: what Validate would say about them is noise
	list     []Problem
	warnings []Problem
}

// add records a problem with the value of key.
func (p *problems) add(key, format string, args ...any) {
	for k := key; k != ""; k = parent(k) {
		if p.failed[k] {
			return
		}
	}
	p.list = append(p.list, p.problem(key, fmt.Sprintf(format, args...)))
}

// unread records a problem with reading key and silences what follows from it.
func (p *problems) unread(key, format string, args ...any) {
	p.add(key, format, args...)
	p.failed[key] = true
}

// warn records what does not keep the configuration from being used.
func (p *problems) warn(key, format string, args ...any) {
	p.warnings = append(p.warnings, p.problem(key, fmt.Sprintf(format, args...)))
}

func (p *problems) problem(key, text string) Problem {
	at := p.position(key)
	return Problem{File: p.file, Line: at.line, Column: at.column, Key: key, Text: text}
}

// position finds key, or the nearest mapping around it when the key itself is missing.
func (p *problems) position(key string) position {
	for k := key; k != ""; k = parent(k) {
		if at, ok := p.at[k]; ok {
			return at
		}
	}
	return position{}
}

func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Error{Problems: p.list}
}

// parent cuts the last step of a key path: a.b[2] -> a.b -> a -> "".
func parent(key string) string {
	return key[:max(strings.LastIndexAny(key, ".["), 0)]
}

// child appends a step to a key path.
func child(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

func item(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }
