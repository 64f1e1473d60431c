package schemas

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/beevik/etree"

	"counterpunch/fixtures/fixturetest"
	"counterpunch/internal/testkit/material"
)

// modules are the DTDs by the payload: the one that a document names is often the wrong one.
var modules = map[string]string{
	"ConfirmationRequest":  "Fulfill.dtd",
	"ShipNoticeRequest":    "Fulfill.dtd",
	"InvoiceDetailRequest": "InvoiceDetail.dtd",
}

// sample is one document for both judges.
type sample struct {
	name string
	root *etree.Element
}

// payload returns the name of the one element under Request, or "".
func (s sample) payload() string {
	if s.root == nil || s.root.SelectElement("Request") == nil {
		return ""
	}
	under := s.root.SelectElement("Request").ChildElements()
	if len(under) != 1 {
		return ""
	}
	return under[0].Tag
}

func parseSample(name string, body []byte) sample {
	d := etree.NewDocument()
	if err := d.ReadFromBytes(body); err != nil {
		return sample{name: name}
	}
	return sample{name: name, root: d.Root()}
}

func fixtureSamples(t testing.TB) []sample {
	t.Helper()
	all := fixturetest.All(t)
	var samples []sample
	for _, f := range all {
		if s := parseSample(f.File, f.Body); modules[s.payload()] != "" {
			samples = append(samples, s)
		}
	}
	return samples
}

func corpusSamples(t testing.TB) []sample {
	t.Helper()
	files := material.CorpusFiles(t)
	var samples []sample
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if s := parseSample(filepath.Base(file), body); modules[s.payload()] != "" {
			samples = append(samples, s)
		}
	}
	return samples
}

// write writes the element with one line break, within its start tag, so that the n-th element in document order ends
// its start tag in line n+1: then a line of xmllint's names an element.
func write(b *bytes.Buffer, e *etree.Element) {
	b.WriteString("<" + e.FullTag())
	for _, a := range e.Attr {
		b.WriteString(" " + a.FullKey() + `="` + escape(a.Value, true) + `"`)
	}
	b.WriteString("\n>")
	for _, token := range e.Child {
		switch t := token.(type) {
		case *etree.Element:
			write(b, t)
		case *etree.CharData:
			b.WriteString(escape(t.Data, false))
		case *etree.Comment:
			b.WriteString("<!--" + strings.ReplaceAll(t.Data, "\n", " ") + "-->")
		}
	}
	b.WriteString("</" + e.FullTag() + ">")
}

func escape(s string, attribute bool) string {
	newline := " "
	if attribute {
		newline = "&#10;"
	}
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\r", "&#13;", "\t", "&#9;", "\n", newline).Replace(s)
}

// complaint is a line of xmllint's about an element.
var complaint = regexp.MustCompile(`(?m)^(.*?):(\d+): element ([^:\s]+(?::[^:\s]+)?): validity error : (.*)$`)

// xmllint returns which elements of each sample the oracle finds invalid, by rank in document order from 1.
func xmllint(t *testing.T, samples []sample) map[string]map[int]string {
	t.Helper()
	tool := material.Program(t, "xmllint")
	dir, out := t.TempDir(), make(map[string]map[int]string)
	dtds := material.DTD(t)
	files := make(map[string][]string)
	for i, s := range samples {
		var b bytes.Buffer
		write(&b, s.root)
		file := filepath.Join(dir, fmt.Sprintf("%04d.xml", i))
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		out[s.name] = make(map[int]string)
		files[modules[s.payload()]] = append(files[modules[s.payload()]], file)
	}
	for module, names := range files {
		for chunk := range slices.Chunk(names, 100) {
			args := append([]string{"--nonet", "--noout", "--dtdvalid", filepath.Join(dtds, module)}, chunk...)
			var stderr bytes.Buffer
			cmd := exec.Command(tool, args...)
			cmd.Stderr = &stderr
			if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != 3 {
				t.Fatalf("xmllint: %v\n%.2000s", err, stderr.String())
			}
			for _, m := range complaint.FindAllStringSubmatch(stderr.String(), -1) {
				i, _ := strconv.Atoi(strings.TrimSuffix(filepath.Base(m[1]), ".xml"))
				line, _ := strconv.Atoi(m[2])
				out[samples[i].name][line-1] = m[3] + ": " + m[4]
			}
		}
	}
	return out
}

// deviating returns the ranks of the elements in which the tables find a deviation that a DTD can find too.
func deviating(root *etree.Element) map[int]string {
	ranks := make(map[*etree.Element]int)
	var rank func(*etree.Element)
	rank = func(e *etree.Element) {
		ranks[e] = len(ranks) + 1
		for _, c := range e.ChildElements() {
			rank(c)
		}
	}
	rank(root)
	found := make(map[int]string)
	for d := range Content().Check(root, func(*etree.Element) bool { return false }) {
		if !d.Lexical {
			found[ranks[d.Element]] = d.Element.Tag + ": " + d.Text
		}
	}
	return found
}

// agree compares both judges element by element and returns how many elements deviate and in how many samples.
func agree(t *testing.T, samples []sample) (elements, documents int) {
	t.Helper()
	oracle, table := xmllint(t, samples), Content()
	for _, s := range samples {
		ours, theirs := deviating(s.root), oracle[s.name]
		for n, text := range theirs {
			if strings.Contains(text, ": No declaration for element") {
				// An element of the other module's. That it may not stand there is said of its parent.
				delete(ours, n)
				delete(theirs, n)
			} else if name, _, _ := strings.Cut(text, ": "); table.elements[name] == nil || !table.elements[name].defined {
				delete(theirs, n)
			}
		}
		elements += len(theirs)
		if len(theirs) > 0 {
			documents++
		}
		for n, text := range theirs {
			if ours[n] == "" {
				t.Errorf("%s: element %d: only xmllint says: %s", s.name, n, text)
			}
		}
		for n, text := range ours {
			if theirs[n] == "" {
				t.Errorf("%s: element %d: only the tables say: %s", s.name, n, text)
			}
		}
	}
	return elements, documents
}

func TestTablesAgreeWithXmllintOnFixtures(t *testing.T) {
	samples := fixtureSamples(t)
	elements, documents := agree(t, samples)
	t.Logf("%d fixtures: %d deviate, in %d elements", len(samples), documents, elements)
}

func TestTablesAgreeWithXmllintOnRealDocuments(t *testing.T) {
	samples := corpusSamples(t)
	elements, documents := agree(t, samples)
	t.Logf("%d real documents: %d deviate, in %d elements", len(samples), documents, elements)
}

func TestTablesAgreeWithXmllintOnMutations(t *testing.T) {
	samples := mutations(fixtureSamples(t), 500, 1)
	elements, documents := agree(t, samples)
	t.Logf("%d mutated fixtures: %d deviate, in %d elements", len(samples), documents, elements)
	if documents < len(samples)/2 {
		t.Errorf("only %d of %d mutations deviate; the comparison says little", documents, len(samples))
	}
}

// mutations returns n documents made by one to three random changes to one of the samples each.
func mutations(samples []sample, n int, seed uint64) []sample {
	r := rand.New(rand.NewPCG(seed, seed))
	names := Content().Elements()
	var all []sample
	for len(all) < n {
		from := samples[r.IntN(len(samples))]
		s := sample{name: fmt.Sprintf("%d of %s", len(all), from.name), root: from.root.Copy()}
		for range 1 + r.IntN(3) {
			elements := append(s.root.FindElements(".//*"), s.root)
			mutate(r, elements[r.IntN(len(elements))], names)
		}
		if s.payload() == from.payload() {
			all = append(all, s)
		}
	}
	return all
}

// mutate makes one change to the element. Names are taken from the tables, or made up.
func mutate(r *rand.Rand, e *etree.Element, names []string) {
	children := e.ChildElements()
	name := names[r.IntN(len(names))]
	if r.IntN(5) == 0 {
		name = "Bogus"
	}
	switch r.IntN(11) {
	case 0:
		if len(children) > 0 {
			e.RemoveChild(children[r.IntN(len(children))])
		}
	case 1:
		if len(children) > 0 {
			e.InsertChildAt(r.IntN(len(e.Child)+1), children[r.IntN(len(children))].Copy())
		}
	case 2:
		if len(children) > 1 {
			c := children[r.IntN(len(children))]
			e.RemoveChild(c)
			e.InsertChildAt(r.IntN(len(e.Child)+1), c)
		}
	case 3:
		e.InsertChildAt(r.IntN(len(e.Child)+1), etree.NewElement(name))
	case 4:
		if len(children) > 0 {
			children[r.IntN(len(children))].Tag = name
		}
	case 5:
		if len(e.Attr) > 0 {
			e.Attr = slices.Delete(e.Attr, 0, 1)
		}
	case 6:
		if len(e.Attr) > 0 {
			e.Attr[r.IntN(len(e.Attr))].Key += "x"
		}
	case 7:
		if len(e.Attr) > 0 {
			e.Attr[r.IntN(len(e.Attr))].Value += []string{" ", "x", "!"}[r.IntN(3)]
		}
	case 8:
		e.CreateAttr([]string{"type", "lineNumber", "role", "xml:lang", "operation", "bogus"}[r.IntN(6)], []string{"", "new", "two words"}[r.IntN(3)])
	case 9:
		e.AddChild(etree.NewText([]string{" ", "text"}[r.IntN(2)]))
	case 10:
		e.AddChild(etree.NewComment("a comment"))
	}
}
