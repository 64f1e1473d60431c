package cli

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
)

func TestCellsThatSpreadsheetsWouldRunAreGuarded(t *testing.T) {
	given := []string{"=1+1", "+1", "-1+2", "@x", "\tx", "-5.00", "-", "5", "a=b", ""}
	want := []string{"'=1+1", "'+1", "'-1+2", "'@x", "'\tx", "-5.00", "'-", "5", "a=b", ""}
	if got := guarded(given); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestRecordsOfEveryShapeArePrinted(t *testing.T) {
	raw := `{"links":[],"z":null,"a":1.10,"ref":{"id":"5","refName":"Five"},"word":{"id":"B","refName":"B"},"sub":{"x":{"y":true}},
		"item":{"items":[{"line":3,"item":{"id":"1"},"deep":{"items":[{"a":1}]}},{"memo":"\u001b[31mred"}]}}`
	var b bytes.Buffer
	if err := printFetched(&b, asCSV, json.RawMessage(raw)); err != nil {
		t.Fatal(err)
	}
	want := "field,value\nz,\na,1.10\nref,Five (5)\nword,B\nsub.x.y,true\nitem.3.line,3\nitem.3.item,1\nitem.3.deep,1 lines\nitem.2.memo,\x1b[31mred\n"
	if b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
	b.Reset()
	if err := printFetched(&b, asTable, json.RawMessage(raw)); err != nil || bytes.ContainsRune(b.Bytes(), 0x1b) {
		t.Errorf("a terminal would act upon %q, %v", b.String(), err)
	}
}

func FuzzPrintFetched(f *testing.F) {
	f.Add([]byte(`{"a":{"items":[{"line":1},2,null]},"b":[],"c":{}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			return
		}
		for _, format := range []string{asTable, asCSV, asJSON} {
			if err := printFetched(&bytes.Buffer{}, format, raw); err != nil {
				t.Error(err)
			}
		}
	})
}
