package intake

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheJournalIsReadWithoutItsTornLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	text := "{\"documentID\":\"1\",\"sequence\":7}\n" + "{\"documentID\":\"cut\n" + "\n" + "{}\n" + "{\"documentID\":\"2\",\"number\":\"INV-2\",\"orders\":[\"PO-1\"]}\n" + "{\"documentID\":\"being wri"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var got []Entry
	torn, err := ReadJournal(path, func(e Entry) error {
		got = append(got, e)
		return nil
	})
	want := []Entry{{DocumentID: "1", Sequence: 7}, {DocumentID: "2", Number: "INV-2", Orders: []string{"PO-1"}}}
	if diff := cmp.Diff(want, got); diff != "" || torn != 3 || err != nil {
		t.Errorf("%d torn, %v (-want +got):\n%s", torn, err, diff)
	}
	enough := errors.New("enough")
	if _, err := ReadJournal(path, func(Entry) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
	if _, err := ReadJournal(path+".none", func(Entry) error { return nil }); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestAReceiptSaysWhatToAskTheSupplierFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	w := startWorld(t, func(s *setup) { s.Journal = openJournal(t, path) })
	r := w.post(paper{}.String())
	var got []Entry
	if _, err := ReadJournal(path, func(e Entry) error {
		got = append(got, e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0].DocumentID != r.id || got[0].Number == "" || len(got[0].Orders) != 1 || got[0].PayloadHash == "" || got[0].Sequence == 0 {
		t.Errorf("%+v", got)
	}
}
