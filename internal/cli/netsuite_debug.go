package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"counterpunch/internal/config"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/secret"
)

// tracer prints requests and answers for people who look for a mistake.
type tracer struct {
	mu    sync.Mutex
	w     io.Writer
	blank *strings.Replacer
}

func newTracer(w io.Writer, cfg *config.Config) *tracer {
	return &tracer{w: w, blank: blanking(secretsOf(reflect.ValueOf(cfg)))}
}

// print writes one exchange as curl -v does: > is sent, < is received.
func (t *tracer) print(x netsuite.Exchange) {
	var b strings.Builder
	fmt.Fprintf(&b, "> %s %s\n", x.Method, x.URL)
	headers(&b, ">", x.Header)
	body(&b, ">", x.Body)
	if x.Status == 0 {
		fmt.Fprintf(&b, "< no answer after %s: %s\n", x.Took.Round(time.Millisecond), x.Failure)
	} else {
		fmt.Fprintf(&b, "< %d %s after %s\n", x.Status, http.StatusText(x.Status), x.Took.Round(time.Millisecond))
		headers(&b, "<", x.AnswerHeader)
		body(&b, "<", x.Answer)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = io.WriteString(t.w, clean(t.blank.Replace(b.String())))
}

func headers(b *strings.Builder, mark string, h http.Header) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			fmt.Fprintf(b, "%s %s: %s\n", mark, name, v)
		}
	}
}

// body writes a body indented where it is JSON.
func body(b *strings.Builder, mark string, raw []byte) {
	if len(raw) == 0 {
		return
	}
	var indented bytes.Buffer
	if json.Indent(&indented, raw, "", "  ") == nil {
		raw = indented.Bytes()
	}
	fmt.Fprintln(b, mark)
	for text := range strings.Lines(strings.ToValidUTF8(string(raw), "\ufffd")) {
		fmt.Fprintf(b, "%s %s\n", mark, strings.TrimRight(text, "\r\n"))
	}
}

// secretsOf finds every secret that the configuration holds, whatever its place.
func secretsOf(v reflect.Value) []string {
	var all []string
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			all = secretsOf(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			all = append(all, secretsOf(v.Index(i))...)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			all = append(all, secretsOf(v.MapIndex(k))...)
		}
	case reflect.Struct:
		if s, ok := exported(v).(secret.Value); ok {
			return []string{s.Reveal()}
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				all = append(all, secretsOf(v.Field(i))...)
			}
		}
	}
	return all
}

func exported(v reflect.Value) any {
	if v.CanInterface() {
		return v.Interface()
	}
	return nil
}

// blanking covers secrets in the forms in which a request or an answer may hold them.
func blanking(secrets []string) *strings.Replacer {
	forms := map[string]bool{}
	for _, s := range secrets {
		if s == "" {
			continue
		}
		quoted, _ := json.Marshal(s) // text always marshals
		for _, form := range []string{
			s, url.QueryEscape(s), strings.ReplaceAll(url.QueryEscape(s), "+", "%20"), url.PathEscape(s), strings.Trim(string(quoted), `"`),
			base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s)),
		} {
			forms[form] = true
		}
	}
	// Longer forms first, so that a secret that begins with another is covered whole.
	sorted := slices.SortedFunc(maps.Keys(forms), func(a, b string) int { return len(b) - len(a) })
	var oldnew []string
	for _, form := range sorted {
		oldnew = append(oldnew, form, secret.Masked)
	}
	return strings.NewReplacer(oldnew...)
}
