package demo_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"counterpunch/fixtures/fixturetest"
	"counterpunch/internal/cxml"
	"counterpunch/internal/testkit/material"
)

// mutations is how many changed documents are shown to both parsers, and batch how many to one run of xmllint.
const (
	mutations      = 10_000
	shortMutations = 500
	batch          = 500
)

// TestNothingIsReadThatAnotherParserRefuses shows real documents, the fixtures and many changed forms of them to xmllint
// and to cxml.Parse. To refuse more is allowed; to accept what is not well-formed is how two readers of one document come
// to see different things.
func TestNothingIsReadThatAnotherParserRefuses(t *testing.T) {
	xmllint := material.Program(t, "xmllint")
	seeds := seedDocuments(t)
	n := mutations
	if testing.Short() {
		n = shortMutations
	}
	random := rand.New(rand.NewPCG(20260901, 1))
	next := 0
	document := func() (name string, body []byte, more bool) {
		defer func() { next++ }()
		switch {
		case next < len(seeds):
			return "unchanged", seeds[next], true
		case next < len(seeds)+n:
			body := slices.Clone(seeds[random.IntN(len(seeds))])
			var did []string
			for range 1 + random.IntN(2) {
				m := mutators[random.IntN(len(mutators))]
				body, did = m.change(random, body), append(did, m.name)
			}
			return strings.Join(did, ", "), body, true
		}
		return "", nil, false
	}
	c := counts{}
	for more := true; more; {
		var names []string
		var bodies [][]byte
		for len(bodies) < batch {
			var name string
			var body []byte
			if name, body, more = document(); !more {
				break
			}
			names, bodies = append(names, name), append(bodies, body)
		}
		c.compare(t, names, bodies, lint(t, xmllint, bodies))
	}
	t.Logf("%d documents (%d seeds): both accept %d, both refuse %d, only xmllint accepts %d, only the intake accepts %d; accepted names with an undeclared prefix: %d",
		c.all, len(seeds), c.both, c.neither, c.xmllint, c.ours, c.namespace)
	if c.both == 0 || c.neither == 0 {
		t.Error("the documents do not tell the parsers apart")
	}
}

type counts struct{ all, both, neither, xmllint, ours, namespace int }

func (c *counts) compare(t *testing.T, names []string, bodies [][]byte, verdicts []verdict) {
	t.Helper()
	for i, body := range bodies {
		c.all++
		accepted := wellFormed(body)
		switch refused := verdicts[i].refused; {
		case accepted && refused == "":
			c.both++
		case !accepted && refused != "":
			c.neither++
		case refused == "":
			c.xmllint++
		default:
			c.ours++
			t.Errorf("accepted after %s, and xmllint says: %s\n%s", names[i], refused, around(body, refused))
		}
		if accepted && verdicts[i].namespace {
			c.namespace++
		}
	}
}

// wellFormed reports whether cxml.Parse got past the XML itself: what it says of the envelope is another matter.
func wellFormed(body []byte) bool {
	_, err := cxml.Parse(context.Background(), body, "", cxml.Limits{})
	refusal := (*cxml.Refusal)(nil)
	if !errors.As(err, &refusal) {
		return err == nil
	}
	return refusal.Code() != cxml.StatusNotAcceptable && refusal.Code() != cxml.StatusTemporary ||
		strings.HasPrefix(refusal.Problems[0].Text, "The root element is")
}

// verdict is what xmllint says of one document: why it is not well-formed, and whether a prefix is undeclared, which XML
// itself allows.
type verdict struct {
	refused   string
	namespace bool
}

var complaint = regexp.MustCompile(`(?m)^(?:\S*/)?(\d{5})\.xml:(\d+: .*)$`)

// lint runs xmllint once over all bodies.
func lint(t *testing.T, xmllint string, bodies [][]byte) []verdict {
	t.Helper()
	dir := t.TempDir()
	args := []string{"--noout", "--nonet"}
	for i, body := range bodies {
		file := filepath.Join(dir, fmt.Sprintf("%05d.xml", i))
		if err := os.WriteFile(file, labelled(body), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	defer os.RemoveAll(dir)
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), xmllint, args...)
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
			t.Fatal(err)
		}
	}
	verdicts := make([]verdict, len(bodies))
	for _, m := range complaint.FindAllStringSubmatch(stderr.String(), -1) {
		var i int
		if _, err := fmt.Sscanf(m[1], "%d", &i); err != nil || i >= len(bodies) {
			t.Fatalf("xmllint speaks of another file: %s", m[0])
		}
		switch {
		case strings.Contains(m[2], "namespace error"), strings.Contains(m[2], "namespace warning"):
			verdicts[i].namespace = true
		case strings.Contains(m[2], " warning :"):
		case verdicts[i].refused == "":
			verdicts[i].refused = m[2]
		}
	}
	return verdicts
}

// labelled settles the charset where the intake goes on without what XML demands: UTF-16 shows itself, whatever the label
// says and without a mark; the mark of UTF-8 settles it too; a label of UTF-16 on other text survives a conversion; and
// ASCII is UTF-8.
func labelled(body []byte) []byte {
	text := body
	switch {
	case bytes.HasPrefix(body, []byte("\xff\xfe")), bytes.HasPrefix(body, []byte("<\x00")):
		text = fromUTF16(body, binary.LittleEndian)
	case bytes.HasPrefix(body, []byte("\xfe\xff")), bytes.HasPrefix(body, []byte("\x00<")):
		text = fromUTF16(body, binary.BigEndian)
	}
	label := anEncoding.FindIndex(text)
	if label == nil {
		return text
	}
	settled := &text[0] != &body[0] || bytes.HasPrefix(text, []byte("\xef\xbb\xbf"))
	for _, name := range []string{"US-ASCII", "UTF-16"} {
		settled = settled || bytes.EqualFold(text[label[0]:label[1]], []byte(`encoding="`+name+`"`))
	}
	if !settled {
		return body
	}
	return slices.Concat(text[:label[0]], []byte(`encoding="UTF-8"`), text[label[1]:])
}

// fromUTF16 returns UTF-16 text in UTF-8, and bytes that are none as they are.
func fromUTF16(body []byte, order binary.ByteOrder) []byte {
	var units []uint16
	for i := 0; i+1 < len(body); i += 2 {
		units = append(units, order.Uint16(body[i:]))
	}
	text := utf16.Decode(units)
	if len(body)%2 != 0 || !slices.Equal(utf16.Encode(text), units) {
		return body
	}
	return []byte(string(text))
}

// around shows the lines of a body that a message speaks of.
func around(body []byte, message string) string {
	var line int
	if _, err := fmt.Sscanf(message, "%d:", &line); err != nil {
		return ""
	}
	lines := bytes.Split(body, []byte("\n"))
	from, to := max(0, min(line-2, len(lines))), min(line+1, len(lines))
	return fmt.Sprintf("%.400q", bytes.Join(lines[from:to], []byte("\n")))
}

// seedDocuments returns the fixtures and, where they are present, the real documents.
func seedDocuments(t *testing.T) [][]byte {
	t.Helper()
	var seeds [][]byte
	for _, f := range fixturetest.All(t) {
		seeds = append(seeds, f.Body)
	}
	dir := material.FindCorpus()
	if dir == "" {
		return seeds
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".xml" {
			return err
		}
		body, err := os.ReadFile(path)
		seeds = append(seeds, body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return seeds
}

// mutator changes a document in one way.
type mutator struct {
	name   string
	change func(r *rand.Rand, b []byte) []byte
}

var (
	anAttribute = regexp.MustCompile(`\s[\w:.-]+="[^"]*"`)
	aTag        = regexp.MustCompile(`</?[\w:.-]+`)
	aText       = regexp.MustCompile(`>[^<>]+<`)
	anEncoding  = regexp.MustCompile(`encoding="[^"]*"`)
)

// between are texts that break a document, or seem to, where they stand between two tags or in a text.
var between = []string{
	"&foo;", "&#0;", "&#x1F;", "&#xD800;", "&#xFFFE;", "&#x110000;", "&", "&amp", "&#;", "&#x;", "&#99999999999;", "&lt;", "&#65;", "&apos;", "<", ">", "]]>",
	"<![CDATA[a]]>", "<![CDATA[a", "<![CDATA[]]]]><![CDATA[>]]>", "<!-- a -->", "<!-- a -- b -->", "<!--->", "<!-- a --->", "<?pi a?>", "<?xml version=\"1.0\"?>",
	"<!DOCTYPE a>", "<!DOCTYPE a [<!ENTITY b 'c'>]>", "<a/>", "<a>", "</a>", "<a b='1' b='2'/>", "<a b=c/>", "<a b/>", "<a  b = '1'/>", "<a b='1'c='2'/>", "<a b='<'/>",
	"<a b='&'/>", "<1a/>", "<a:b/>", "<:a/>", "<a:/>", "<a:b:c/>", "<a xmlns:b=''/>", "< a/>", "<a / >", "</a >", "<a\u00a0/>", "<é/>", "<a\u2028b='1'/>", "\x00", "\x0b", "\x7f",
	"\xc0\xbc", "\xed\xa0\x80", "\xff", "\u0085", "\ufffe", "\ufeff", "<a b='\t\n'/>", "<!ELEMENT a ANY>", "<!a>", "<!>", "<>", "</>", "<?xml?>", "<?XML a?>", "<a b='1' B='2'/>", "%foo;",
	"<a x:b='1' y:b='2' xmlns:x='u' xmlns:y='u'/>",
}

// encodings are labels that a document may carry, rightly or not.
var encodings = []string{"utf-8", "UTF-8", "ISO-8859-1", "latin1", "windows-1252", "US-ASCII", "UTF-16", "UTF-7", "EBCDIC-CP-US", "Shift_JIS", "x-none", ""}

var mutators = []mutator{
	{"a flipped byte", func(r *rand.Rand, b []byte) []byte {
		b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		return b
	}},
	{"another byte", func(r *rand.Rand, b []byte) []byte {
		b[r.IntN(len(b))] = "<>&'\"/=!?-[]; :\x00\x01\x7f\x80\xff"[r.IntN(20)]
		return b
	}},
	{"a cut at the end", func(r *rand.Rand, b []byte) []byte { return b[:1+r.IntN(len(b)-1)] }},
	{"a cut inside", func(r *rand.Rand, b []byte) []byte {
		from := r.IntN(len(b) - 1)
		return slices.Delete(b, from, min(len(b)-1, from+1+r.IntN(20)))
	}},
	{"a repeated part", func(r *rand.Rand, b []byte) []byte {
		from := r.IntN(len(b) - 1)
		part := slices.Clone(b[from:min(len(b), from+1+r.IntN(60))])
		return slices.Insert(b, from, part...)
	}},
	{"an attribute twice", func(r *rand.Rand, b []byte) []byte {
		return atMatch(r, b, anAttribute, func(a []byte) []byte { return append(slices.Clone(a), a...) })
	}},
	{"an attribute without its blank", func(r *rand.Rand, b []byte) []byte {
		return atMatch(r, b, anAttribute, func(a []byte) []byte { return a[1:] })
	}},
	{"an attribute with other quotes", func(r *rand.Rand, b []byte) []byte {
		return atMatch(r, b, anAttribute, func(a []byte) []byte { return bytes.Replace(a, []byte(`"`), []byte(`'`), 1+r.IntN(2)) })
	}},
	{"an insertion in an attribute", func(r *rand.Rand, b []byte) []byte {
		return atMatch(r, b, anAttribute, func(a []byte) []byte { return insert(a, len(a)-1, between[r.IntN(len(between))]) })
	}},
	{"an insertion in a text", func(r *rand.Rand, b []byte) []byte {
		return atMatch(r, b, aText, func(a []byte) []byte { return insert(a, 1, between[r.IntN(len(between))]) })
	}},
	{"an insertion at the start", func(r *rand.Rand, b []byte) []byte { return insert(b, 0, between[r.IntN(len(between))]) }},
	{"an insertion at the end", func(r *rand.Rand, b []byte) []byte { return insert(b, len(b), between[r.IntN(len(between))]) }},
	{"an insertion anywhere", func(r *rand.Rand, b []byte) []byte {
		return insert(b, r.IntN(len(b)), between[r.IntN(len(between))])
	}},
	{"another tag", func(r *rand.Rand, b []byte) []byte {
		other := aTag.Find(b[r.IntN(len(b)):])
		return atMatch(r, b, aTag, func(a []byte) []byte {
			if other == nil {
				return a
			}
			return slices.Clone(other)
		})
	}},
	{"a tag in another case", func(r *rand.Rand, b []byte) []byte { return atMatch(r, b, aTag, bytes.ToUpper) }},
	{"another encoding", func(r *rand.Rand, b []byte) []byte {
		label := []byte(`encoding="` + encodings[r.IntN(len(encodings))] + `"`)
		return anEncoding.ReplaceAll(b, label)
	}},
	{"another version", func(r *rand.Rand, b []byte) []byte {
		return bytes.Replace(b, []byte(`<?xml version="1.0"`), []byte(`<?xml version="`+[]string{"1.1", "1.2", "2.0", "", "1"}[r.IntN(5)]+`"`), 1)
	}},
	{"standalone", func(r *rand.Rand, b []byte) []byte {
		return bytes.Replace(b, []byte(`?>`), []byte(` standalone="`+[]string{"yes", "no", "maybe", ""}[r.IntN(4)]+`"?>`), 1)
	}},
	{"UTF-16", func(r *rand.Rand, b []byte) []byte { return utf16Of(b, r.IntN(2) == 0, r.IntN(2) == 0) }},
	{"a byte order mark", func(r *rand.Rand, b []byte) []byte {
		return insert(b, 0, []string{"\xef\xbb\xbf", "\xfe\xff", "\xff\xfe", "\xef\xbb\xbf\xef\xbb\xbf", "\x00\x00\xfe\xff", "\x2b\x2f\x76\x38"}[r.IntN(6)])
	}},
	{"a Latin letter", func(r *rand.Rand, b []byte) []byte {
		return atMatch(r, b, aText, func(a []byte) []byte { return insert(a, 1, []string{"\xe9", "\x96", "é", "\u2019"}[r.IntN(4)]) })
	}},
}

// atMatch changes one of the first matches of an expression after a random place.
func atMatch(r *rand.Rand, b []byte, e *regexp.Regexp, change func([]byte) []byte) []byte {
	from := r.IntN(len(b))
	at := e.FindIndex(b[from:])
	if at == nil {
		return b
	}
	changed := change(slices.Clone(b[from+at[0] : from+at[1]]))
	return slices.Concat(b[:from+at[0]], changed, b[from+at[1]:])
}

func insert(b []byte, at int, s string) []byte {
	return slices.Insert(slices.Clone(b), at, []byte(s)...)
}

// utf16Of returns UTF-8 text in UTF-16.
func utf16Of(b []byte, big, mark bool) []byte {
	units := utf16.Encode([]rune(string(b)))
	if mark {
		units = slices.Insert(units, 0, 0xfeff)
	}
	out := make([]byte, 0, 2*len(units))
	for _, u := range units {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}
