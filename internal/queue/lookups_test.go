package queue

import (
	"errors"
	"testing"
)

func TestLookupsKeepWhoSetThemAndWhy(t *testing.T) {
	f := newFixture(t)
	l := f.queue().Lookups()
	set := func(v Lookup) Lookup {
		t.Helper()
		v, err := l.Set(f.ctx, v)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	entry, err := l.Get(f.ctx, "main", "carriers", "UPS Ground / 2")
	if err != nil || entry.Revision != 0 {
		t.Fatalf("an entry that nobody set: %+v %v", entry, err)
	}
	entry.Value, entry.By, entry.Reason = "12", "ada", "first"
	first := set(entry)
	first.Value, first.By, first.Reason = "13", "bob", "moved"
	second := set(first)
	if _, err := l.Set(f.ctx, first); !errors.Is(err, ErrChanged) {
		t.Errorf("of two changes of one version the second got %v", err)
	}
	set(Lookup{Account: "main", Table: "units", Key: "STK", Value: "EA", By: "ada"})
	set(Lookup{Account: "other", Table: "units", Key: "STK", Value: "EA", By: "ada"})
	all, err := l.All(f.ctx, "main")
	if err != nil || len(all) != 2 || all[0].Value != "13" || all[0].Key != "UPS Ground / 2" || all[1].Table != "units" {
		t.Errorf("the account's entries are %+v %v", all, err)
	}
	second.Deleted, second.Value, second.Reason = true, "", "the configuration has it"
	set(second)
	if all, err = l.All(f.ctx, "main"); err != nil || len(all) != 1 {
		t.Errorf("after a deletion the entries are %+v %v", all, err)
	}
	history, err := l.History(f.ctx, "main", "carriers", "UPS Ground / 2")
	if err != nil || len(history) != 3 || history[0].By != "ada" || history[1].Reason != "moved" || !history[2].Deleted {
		t.Errorf("the history is %+v %v", history, err)
	}
}

func TestAWatchOfLookupsTellsOfEachChange(t *testing.T) {
	f := newFixture(t)
	l := f.queue().Lookups()
	updates, err := l.Watch(f.ctx, "main")
	if err != nil {
		t.Fatal(err)
	}
	if u := <-updates; !u.Ready {
		t.Fatalf("the first update of no entries is %+v", u)
	}
	v, err := l.Set(f.ctx, Lookup{Account: "main", Table: "items", Key: "A.1", Value: "B-1"})
	if err != nil {
		t.Fatal(err)
	}
	if u := <-updates; u.Lookup.Value != "B-1" || u.Lookup.Revision != v.Revision {
		t.Errorf("the update is %+v", u)
	}
	if err := f.queue().bucket(bucketLookups).Purge(f.ctx, encodeKey("main", "items", "A.1")); err != nil {
		t.Fatal(err)
	}
	if u := <-updates; !u.Lookup.Deleted || u.Lookup.Key != "A.1" || u.Lookup.Table != "items" {
		t.Errorf("the update of a purge is %+v", u)
	}
}
