package simulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Mark is a moment in the log of writes: the number of writes before it.
type Mark int

// Mark returns the present moment, to be given to Effects later.
func (s *Simulator) Mark() Mark {
	s.lock()
	defer s.mu.Unlock()
	return Mark(len(s.world.writes))
}

// Effects returns what calls changed since a mark, net and sorted, in the form of the fixtures:
//
//	purchaseOrder PO-1001 line 1 custcol_cp_status: -> accept
//	vendorBill INV-1: created, vendor 501, total 50.00, from PO-1001
//	vendorCredit CM-1: created, vendor 501, total 5.00, applied to INV-1
//
// A field that has its old value again is no effect, nor is what NetSuite changes as a consequence (billed quantities,
// statuses, totals) or what people did. Lines added and removed are listed as such. Everything stands in Books().Writes.
func (s *Simulator) Effects(since Mark) []string {
	s.lock()
	defer s.mu.Unlock()
	type key struct {
		id   string
		list string
		line int
		name string
	}
	type span struct{ before, after string }
	nets := map[key]span{}
	created, deleted, names := map[string]bool{}, map[string]bool{}, map[string]string{}
	for _, w := range s.world.writes[min(max(int(since), 0), len(s.world.writes)):] {
		if w.Call == 0 {
			continue
		}
		if names[w.ID] == "" {
			names[w.ID] = w.Record + " " + w.TranID
		}
		switch w.Action {
		case actionCreated:
			created[w.ID] = true
		case actionDeleted:
			deleted[w.ID] = true
		}
		for _, c := range w.Changes {
			if c.Derived && c.Field != lineAdded && c.Field != lineRemoved {
				continue
			}
			k := key{w.ID, c.List, c.Line, c.Field}
			net, seen := nets[k]
			if !seen {
				net.before = c.Before
			}
			net.after = c.After
			nets[k] = net
		}
	}
	var effects []string
	for id := range created {
		if r := s.world.records[id]; r != nil {
			effects = append(effects, s.creation(r))
		}
	}
	for id := range deleted {
		if !created[id] {
			effects = append(effects, names[id]+": deleted")
		}
	}
	for k, net := range nets {
		if created[k.id] || deleted[k.id] {
			continue
		}
		at := names[k.id]
		if k.list != "" {
			if k.list != itemList {
				at += " " + k.list
			}
			at += fmt.Sprintf(" line %d", k.line)
		}
		switch {
		case k.name == lineAdded:
			effects = append(effects, at+": added")
		case k.name == lineRemoved:
			effects = append(effects, at+": removed")
		case net.before != net.after:
			effects = append(effects, at+" "+k.name+":"+blank(net.before)+" ->"+blank(net.after))
		}
	}
	slices.Sort(effects)
	return effects
}

func blank(text string) string {
	if text == "" {
		return ""
	}
	return " " + text
}

// creation describes a new bill or credit as it is now.
func (s *Simulator) creation(r *record) string {
	from, applied := map[string]bool{}, map[string]bool{}
	note := func(numbers map[string]bool, id string) {
		if source := s.world.records[id]; source != nil {
			numbers[source.text("tranId")] = true
		}
	}
	for _, one := range append(slices.Clone(r.lists[itemList]), r.lists[expenses]...) {
		note(from, one.text("orderDoc"))
	}
	for _, one := range r.lists[applyList] {
		note(applied, one.text("doc"))
	}
	note(from, r.text("createdFrom"))
	maps.DeleteFunc(from, func(number string, _ bool) bool { return applied[number] })
	text := fmt.Sprintf("%s %s: created, vendor %s, total %s", r.schema.name, r.text("tranId"), r.text("entity"), money(r.number("total")))
	if len(from) > 0 {
		text += ", from " + strings.Join(slices.Sorted(maps.Keys(from)), ", ")
	}
	if len(applied) > 0 {
		text += ", applied to " + strings.Join(slices.Sorted(maps.Keys(applied)), ", ")
	}
	if held, _ := r.fields["paymentHold"].(bool); held {
		text += ", payment hold"
	}
	return text
}
