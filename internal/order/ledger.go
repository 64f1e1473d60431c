package order

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"counterpunch/internal/document"
)

// Ledger holds the contributions to one purchase order. The zero value is empty and ready for use; its JSON form is what
// is stored. Account and OrderID (NetSuite's internal id) identify it; Number is the order number for people.
type Ledger struct {
	Account       string                  `json:"account"`
	OrderID       string                  `json:"orderID"`
	Number        string                  `json:"number"`
	Contributions map[string]Contribution `json:"contributions"`

	// Pending holds, by document, contributions of which it is not known yet that NetSuite takes them; see Enter.
	Pending map[string]Contribution `json:"pending,omitempty"`

	// Replaced holds, by kind and payloadID, the newest version of an update or delete that named this payloadID as its
	// predecessor. It outlives the contributions that said so, because the predecessor may arrive after all of them.
	Replaced map[string]Version `json:"replaced,omitempty"`
	Stated   Stated             `json:"stated,omitzero"`
}

// Add takes c in for good and reports whether the ledger changed, which is when it must be stored. Of one key the higher version
// stays; of one document the higher sequence, so that a corrected document takes the place of what it was.
func (l *Ledger) Add(c Contribution) (changed bool) {
	if c.Key == "" {
		return false
	}
	if l.Contributions == nil {
		l.Contributions = make(map[string]Contribution)
	}
	changed = l.replace(c)
	changed = l.Stated.add(c) || changed
	for k, held := range l.Contributions {
		if held.DocumentID != c.DocumentID {
			continue
		}
		if held.Sequence > c.Sequence || held.Sequence == c.Sequence && same(held, c) {
			return changed
		}
		delete(l.Contributions, k)
		changed = true
	}
	if held, ok := l.Contributions[c.Key]; ok && held.Version.Compare(c.Version) >= 0 {
		return changed
	}
	l.Contributions[c.Key] = c
	return true
}

// same compares in the stored form, in which two values of one moment or decimal are equal.
func same(a, b Contribution) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// Clone returns a copy that can be added to without changing l.
func (l Ledger) Clone() Ledger {
	l.Contributions, l.Pending, l.Replaced = maps.Clone(l.Contributions), maps.Clone(l.Pending), maps.Clone(l.Replaced)
	l.Stated.Lines = maps.Clone(l.Stated.Lines)
	return l
}

func (l *Ledger) replace(c Contribution) bool {
	if c.Previous == "" || c.Previous == c.PayloadID {
		return false
	}
	k := replacedKey(c.Kind, c.Previous)
	if held, ok := l.Replaced[k]; ok && held.Compare(c.Version) >= 0 {
		return false
	}
	if l.Replaced == nil {
		l.Replaced = make(map[string]Version)
	}
	l.Replaced[k] = c.Version
	return true
}

func replacedKey(kind document.Kind, payloadID string) string { return string(kind) + "/" + payloadID }

// dead reports whether c no longer speaks: a tombstone, or replaced by a newer document that names it. An older one that
// names it does not count, so that of two documents naming each other one remains.
func (l Ledger) dead(c Contribution) bool {
	if c.Confirmation == nil && c.Shipment == nil {
		return true
	}
	by, ok := l.Replaced[replacedKey(c.Kind, c.PayloadID)]
	return ok && c.PayloadID != "" && by.Compare(c.Version) > 0
}

// live returns the contributions of a kind that speak, oldest version first.
func (l Ledger) live(kind document.Kind) []Contribution {
	var live []Contribution
	for _, c := range l.Contributions {
		if c.Kind == kind && !l.dead(c) {
			live = append(live, c)
		}
	}
	slices.SortFunc(live, func(a, b Contribution) int { return a.Version.Compare(b.Version) })
	return live
}

// Superseded reports whether the document contributes nothing any more, because later ones have replaced it, deleted it
// or restated every line it spoke of. A delete that still stands, and a request to pay, which states nothing of any
// line, are not superseded. A document that the ledger does not hold has lost its place, or never had one: true.
func (l Ledger) Superseded(documentID string) bool {
	l = l.merged()
	for _, c := range l.Contributions {
		if c.DocumentID != documentID {
			continue
		}
		switch {
		case c.Version.Operation == document.OperationDelete:
			return false
		case l.dead(c):
			return true
		case c.Kind == document.KindShipNotice, c.Confirmation.Type == document.ConfirmRequestToPay:
			return false
		}
		return !l.confirm().speaks(documentID)
	}
	return true
}
