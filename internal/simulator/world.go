package simulator

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"counterpunch/internal/document"
)

// world is the account's data. It is guarded by the simulator's mutex.
type world struct {
	schemas     map[string]*schema
	records     map[string]*record // by internal id: one series for all transactions
	ids         []string           // in the order in which they were made
	byTranID    map[string][]string
	external    map[string][]string          // "type externalId" -> internal ids, the oldest first
	names       map[string]map[string]string // what references name: kind -> id -> name
	prices      map[string]string            // item -> default purchase price
	vendorNames map[string]string            // item -> the vendor's part number
	rates       map[string]string            // "currency id" or "taxCode id" -> its rate
	factors     map[string]document.Decimal  // unit -> how many of the base unit it is
	lastID      int
	lastKey     int // uniqueKey of order lines
	writes      []Write
	accident    []Accident
}

// Write is one saved change of one record: what a request asked for, or its consequence for another record.
type Write struct {
	Sequence int       `json:"sequence"`
	Call     int       `json:"call"` // sequence of the call; 0: done by a person in NetSuite
	Time     time.Time `json:"time"`
	Method   string    `json:"method,omitempty"`
	Path     string    `json:"path,omitempty"`
	Action   string    `json:"action"` // created, changed or deleted
	Record   string    `json:"record"`
	ID       string    `json:"id"`
	TranID   string    `json:"tranId,omitempty"`
	Changes  []Change  `json:"changes"`
}

// The actions of a Write.
const (
	actionCreated = "created"
	actionChanged = "changed"
	actionDeleted = "deleted"
)

// Accident is a line that a request meant to change but added, because it gave no line number or one that is not there.
type Accident struct {
	Call   int    `json:"call"`
	Method string `json:"method"`
	Path   string `json:"path"`
	Record string `json:"record"`
	ID     string `json:"id"`
	TranID string `json:"tranId,omitempty"`
	List   string `json:"list"`
	Given  string `json:"given"`            // the key as given; empty: none
	Line   int    `json:"line,omitempty"`   // number of the added line; 0 when the save was refused
	Refuse string `json:"refuse,omitempty"` // why the save was refused after all
}

func newWorld(schemas map[string]*schema) *world {
	w := &world{
		schemas: schemas, records: map[string]*record{}, byTranID: map[string][]string{}, external: map[string][]string{},
		names: map[string]map[string]string{}, prices: map[string]string{}, vendorNames: map[string]string{},
		rates: map[string]string{}, factors: map[string]document.Decimal{}, lastID: 9000, lastKey: 500000,
	}
	w.name("currency", "1", "US Dollar")
	w.name("currency", "4", "Euro")
	w.name("subsidiary", "1", "Parent Company")
	for id, name := range map[string]string{"610": "Sales Tax Expense", "611": "Freight In", "612": "Handling", "613": "Purchase Discounts"} {
		w.name("account", id, name)
	}
	for id, name := range orderStatuses() {
		w.name("orderStatus", id, name)
	}
	for id, name := range map[string]string{"1": "Pending Approval", "2": "Approved", "3": "Rejected"} {
		w.name("approvalStatus", id, name)
	}
	return w
}

func (w *world) name(kind, id, name string) {
	if w.names[kind] == nil {
		w.names[kind] = map[string]string{}
	}
	w.names[kind][id] = name
}

// refTo returns the reference to an id with the name that it has.
func (w *world) refTo(kind, id string) ref { return ref{id: id, name: w.names[kind][id]} }

// unit returns the reference to a unit of measure by its name, which is made when it is new.
func (w *world) unit(name string) ref {
	for id, known := range w.names["unit"] {
		if known == name {
			return ref{id: id, name: name}
		}
	}
	id := strconv.Itoa(len(w.names["unit"]) + 1)
	w.name("unit", id, name)
	return ref{id: id, name: name}
}

// exchangeRate is how much of the account's own currency one of a currency is.
func (w *world) exchangeRate(currency string) document.Decimal {
	rate, err := document.ParseDecimal(w.rates["currency "+currency])
	if err != nil {
		return document.NewDecimal(1)
	}
	return rate
}

// inBase converts a quantity in a unit to the unit in which NetSuite keeps the stock.
func (w *world) inBase(quantity document.Decimal, unit string) document.Decimal {
	if factor, known := w.factors[unit]; known {
		return quantity.Mul(factor)
	}
	return quantity
}

// find returns the record by internal id or eid:externalId, nil when there is none of this type.
func (w *world) find(s *schema, id string) *record {
	if external, ok := strings.CutPrefix(id, "eid:"); ok {
		ids := w.external[s.name+" "+external]
		if len(ids) == 0 {
			return nil
		}
		id = ids[0]
	}
	if r := w.records[id]; r != nil && r.schema == s {
		return r
	}
	return nil
}

func (w *world) index(r *record) {
	if v := r.text("tranId"); v != "" {
		key := strings.ToUpper(v)
		w.byTranID[key] = append(w.byTranID[key], r.id)
	}
	if v := r.text("externalId"); v != "" {
		key := r.schema.name + " " + v
		w.external[key] = append(w.external[key], r.id)
	}
}

func (w *world) unindex(r *record) {
	drop := func(from map[string][]string, key string) {
		from[key] = slices.DeleteFunc(from[key], func(id string) bool { return id == r.id })
	}
	drop(w.byTranID, strings.ToUpper(r.text("tranId")))
	drop(w.external, r.schema.name+" "+r.text("externalId"))
}

// save is one write in the making. Nothing of it is visible before commit, so that a refusal leaves no trace.
type save struct {
	world    *world
	now      time.Time
	touched  []string
	after    map[string]*record // nil: deleted
	accident []Accident
}

func (w *world) begin(now time.Time) *save {
	return &save{world: w, now: now, after: map[string]*record{}}
}

// edit returns a copy of a record to be changed.
func (t *save) edit(id string) *record {
	if r, ok := t.after[id]; ok {
		return r
	}
	r := t.world.records[id].clone()
	t.touched = append(t.touched, id)
	t.after[id] = r
	return r
}

// create returns a new record. Its number is used up even when the save is refused, as in NetSuite.
func (t *save) create(s *schema) *record {
	for {
		t.world.lastID++
		if t.world.records[strconv.Itoa(t.world.lastID)] == nil {
			break
		}
	}
	r := newRecord(s, strconv.Itoa(t.world.lastID))
	r.fields["createdDate"] = t.now.Format(time.RFC3339)
	t.touched = append(t.touched, r.id)
	t.after[r.id] = r
	return r
}

func (t *save) remove(id string) {
	t.edit(id)
	t.after[id] = nil
}

// commit makes the save visible and writes it down.
func (t *save) commit(c *call) {
	w := t.world
	for _, id := range t.touched {
		before, after := w.records[id], t.after[id]
		if before == nil && after == nil {
			continue
		}
		entry := Write{Time: t.now, ID: id, Changes: changes(before, after)}
		if c != nil {
			entry.Call, entry.Method, entry.Path = c.sequence, c.method, c.target
		}
		switch {
		case before == nil:
			entry.Action = actionCreated
		case after == nil:
			entry.Action = actionDeleted
		default:
			// Without a change NetSuite saves all the same: the record gets a new version and date.
			entry.Action = actionChanged
		}
		shown := after
		if before != nil {
			w.unindex(before)
			shown = before
		}
		if after == nil {
			delete(w.records, id)
			w.ids = slices.DeleteFunc(w.ids, func(other string) bool { return other == id })
		} else {
			shown = after
			after.version++
			after.fields["lastModifiedDate"] = t.now.Format(time.RFC3339)
			after.given = map[string]bool{}
			if before == nil {
				w.ids = append(w.ids, id)
			}
			w.records[id] = after
			w.index(after)
		}
		entry.Record, entry.TranID = shown.schema.name, shown.text("tranId")
		entry.Sequence = len(w.writes) + 1
		w.writes = append(w.writes, entry)
	}
	w.accident = append(w.accident, t.accident...)
}

// clone returns a copy that later writes leave as it is. Records are shared: a write replaces them, see save.edit.
func (w *world) clone() *world {
	c := *w
	c.records, c.ids = maps.Clone(w.records), slices.Clone(w.ids)
	c.byTranID, c.external = cloneLists(w.byTranID), cloneLists(w.external)
	c.names = make(map[string]map[string]string, len(w.names))
	for kind, names := range w.names {
		c.names[kind] = maps.Clone(names)
	}
	c.rates, c.factors = maps.Clone(w.rates), maps.Clone(w.factors)
	c.prices, c.vendorNames = maps.Clone(w.prices), maps.Clone(w.vendorNames)
	c.writes, c.accident = slices.Clone(w.writes), slices.Clone(w.accident)
	return &c
}

func cloneLists(m map[string][]string) map[string][]string {
	c := make(map[string][]string, len(m))
	for key, list := range m {
		c[key] = slices.Clone(list)
	}
	return c
}

// all returns the records of one type in the order in which they were made.
func (w *world) all(s *schema) []*record {
	var found []*record
	for _, id := range w.ids {
		if r := w.records[id]; r.schema == s {
			found = append(found, r)
		}
	}
	return found
}
