package operations

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"counterpunch/internal/queue"
)

func TestDeadLettersMoveToAnotherInstallation(t *testing.T) {
	from, to := newFixture(t), newFixtureBeside(t)
	letters := from.deadLetters(5)
	var file bytes.Buffer
	n, err := from.ops("alice").Export(from.ctx, queue.Filter{}, &file)
	if err != nil || n != 5 || strings.Count(file.String(), "\n") != 6 {
		t.Fatalf("%d exported, %d lines, %v", n, strings.Count(file.String(), "\n"), err)
	}
	lines := file.String()
	to.end(letters[3], queue.Applied) // is known there
	bob := to.ops("bob")
	got, err := bob.Import(to.ctx, strings.NewReader(lines), []string{"main"}, "moved")
	if err != nil || got.Imported != 4 || got.Known != 1 || len(got.Failed) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = bob.Import(to.ctx, strings.NewReader(lines), []string{"main"}, "moved")
	if err != nil || got.Imported != 0 || got.Known != 5 {
		t.Errorf("again: %+v, %v", got, err)
	}
	to.serve(applied)
	to.run("worker-1")
	if j := to.until(to.start(bob, Selection{}, 0).ID, ended); j.Replayed != 4 {
		t.Errorf("job %+v", j)
	}
}

func TestAnImportTellsWhatItCannotTake(t *testing.T) {
	f := newFixture(t)
	f.deadLetters(2)
	var file bytes.Buffer
	o := f.ops("alice")
	if _, err := o.Export(f.ctx, queue.Filter{}, &file); err != nil {
		t.Fatal(err)
	}
	got, err := o.Import(f.ctx, bytes.NewReader(file.Bytes()), []string{"another"}, "")
	if err != nil || len(got.Failed) != 2 || !strings.Contains(got.Failed[0].Error(), `no account "main"`) {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = o.Import(f.ctx, strings.NewReader(file.String()[:file.Len()-20]), []string{"main"}, "")
	if err == nil || !strings.Contains(err.Error(), "dead letter 2") || got.Known != 1 {
		t.Errorf("a file that was cut off: %+v, %v", got, err)
	}
}

// However much of a file there is, even whole lines, only all of it is taken for an export.
func TestHalfAnExportIsNeverTakenForAWholeOne(t *testing.T) {
	f := newFixture(t)
	f.deadLetters(3)
	var file bytes.Buffer
	o := f.ops("alice")
	if _, err := o.Export(f.ctx, queue.Filter{}, &file); err != nil {
		t.Fatal(err)
	}
	lines := slices.Collect(strings.Lines(file.String()))
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "cut off after 0"},
		{"two letters", lines[0] + lines[1], "cut off after 2"},
		{"all but the end", lines[0] + lines[1] + lines[2], "cut off after 3"},
		{"part of the end", strings.TrimSuffix(file.String(), "}\n"), "not what deadletters export writes"},
		{"one letter less", lines[0] + lines[2] + lines[3], "3 dead letters were exported, and 2"},
		{"whole, and half of another", file.String() + lines[0], "cut off after 4"},
		{"whole", file.String(), ""},
		{"two whole ones", file.String() + file.String(), ""},
		{"the export of nothing", `{"letters":0}`, ""},
	} {
		_, err := o.Import(f.ctx, strings.NewReader(test.text), []string{"main"}, "")
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}
