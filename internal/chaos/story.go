package chaos

import (
	"fmt"
	"math/rand"
	"slices"
	"strconv"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/simulator"
)

// vendor is the vendor of the only supplier, acme.
const vendor = "501"

// The kinds of documents, which are also the names of their templates.
const (
	kindConfirmation = "confirmation"
	kindShipment     = "shipment"
	kindInvoice      = "invoice"
)

// The operations of a document.
const (
	operationNew    = "new"
	operationUpdate = "update"
	operationDelete = "delete"
)

// Document is a document that the supplier sends.
type Document struct {
	Kind      string
	PayloadID string
	Number    string // confirmID, shipmentID or invoiceID
	Operation string
	Previous  string // payloadID of the document that an update or a delete is about
	Notice    time.Time
	Shipped   time.Time // of a shipment
	Carrier   string    // of a shipment
	Tracking  string    // of a shipment
	Portions  []Portion // what it says of which order; two for some shipments
}

// Portion is what a document says of one order.
type Portion struct {
	Order simulator.SeedOrder
	Lines []Line
}

// Line is what a document says of one order line.
type Line struct {
	Number   int
	Part     string
	Rate     string
	Ordered  int
	Quantity int // accepted, shipped or invoiced
	Later    int // backordered
}

// Amount is quantity times rate, with the places of the rate.
func (l Line) Amount() string {
	return document.MustDecimal(l.Rate).Mul(document.NewDecimal(int64(l.Quantity))).String()
}

// Total is the sum of the amounts.
func (d Document) Total() string {
	sum := document.MustDecimal("0.00")
	for _, p := range d.Portions {
		for _, l := range p.Lines {
			sum = sum.Add(document.MustDecimal(l.Amount()))
		}
	}
	return sum.String()
}

// begun is when the supplier began to write. Documents are versioned by minutes after it.
var begun = time.Date(2026, 9, 2, 8, 0, 0, 0, time.UTC)

// stories writes about n documents for as many of the orders as that takes, and returns them with the number of orders.
func stories(orders []simulator.SeedOrder, n int, r *rand.Rand) (documents []Document, used int) {
	for used < len(orders) && len(documents) < n {
		a := writer{random: r, order: orders[used], begun: begun.Add(time.Duration(used%60) * time.Second)}
		used++
		if used < len(orders) && r.Intn(8) == 0 {
			// The next order gets its own documents too; this one's shipment has something for it.
			a.beside = &orders[used]
		}
		documents = append(documents, a.story()...)
	}
	if used < len(orders) {
		used++ // it may be named beside the last
	}
	return documents, used
}

// writer writes the documents of one order.
type writer struct {
	random *rand.Rand
	order  simulator.SeedOrder
	beside *simulator.SeedOrder // another order that its shipments may name, or nil
	// begun differs by seconds from that of the orders beside, so that no two documents about one order have one date, of
	// which none would be the later.
	begun   time.Time
	minutes int
	written []Document
}

func (w *writer) story() []Document {
	w.confirm()
	for n := range w.random.Intn(3) {
		w.ship(fmt.Sprintf("SHP-%s-%d", w.order.TranID, n+1))
	}
	w.bill()
	return w.written
}

// confirm writes a confirmation, often an update of it, and sometimes a second one about some of the lines.
func (w *writer) confirm() {
	number := "OC-" + w.order.TranID
	first := w.add(Document{Kind: kindConfirmation, Number: number, Operation: operationNew, Portions: w.portions(w.answered(1))})
	if w.random.Intn(5) < 3 {
		w.add(Document{Kind: kindConfirmation, Number: number, Operation: operationUpdate, Previous: first, Portions: w.portions(w.answered(0.8))})
	}
	if w.random.Intn(5) < 2 {
		w.add(Document{Kind: kindConfirmation, Number: number + "-B", Operation: operationNew, Portions: w.portions(w.answered(0.6))})
	}
}

// ship writes a ship notice, and sometimes its update and its delete.
func (w *writer) ship(number string) {
	both := func() []Portion {
		portions := w.portions(w.quantities(w.order, 0.7))
		if w.beside != nil && w.random.Intn(3) > 0 {
			portions = append(portions, Portion{*w.beside, w.quantities(*w.beside, 0.7)})
		}
		return portions
	}
	last := w.add(Document{Kind: kindShipment, Number: number, Operation: operationNew, Portions: both()})
	if w.random.Intn(5) < 2 {
		last = w.add(Document{Kind: kindShipment, Number: number, Operation: operationUpdate, Previous: last, Portions: both()})
	}
	if w.random.Intn(6) == 0 {
		w.add(Document{Kind: kindShipment, Number: number, Operation: operationDelete, Previous: last, Portions: w.portions(nil)})
	}
}

// bill writes one invoice over everything, or two that share it.
func (w *writer) bill() {
	var first, second []Line
	split := w.random.Intn(2) == 0
	for _, l := range lines(w.order) {
		now := l.Ordered
		if split {
			now = w.random.Intn(l.Ordered + 1)
		}
		if l.Quantity = now; now > 0 {
			first = append(first, l)
		}
		if l.Quantity = l.Ordered - now; l.Quantity > 0 {
			second = append(second, l)
		}
	}
	for n, invoiced := range [][]Line{first, second} {
		if len(invoiced) > 0 {
			w.add(Document{Kind: kindInvoice, Number: fmt.Sprintf("INV-%s-%d", w.order.TranID, n+1), Operation: operationNew, Portions: w.portions(invoiced)})
		}
	}
}

// add dates and names a document and returns its payloadID.
func (w *writer) add(d Document) string {
	w.minutes += 1 + w.random.Intn(200)
	d.Notice = w.begun.Add(time.Duration(w.minutes) * time.Minute)
	d.PayloadID = fmt.Sprintf("%s.%s.%d@chaos.example", d.Number, d.Operation, w.minutes)
	if d.Kind == kindShipment {
		d.Shipped = d.Notice.Add(-30 * time.Minute)
		d.Carrier = []string{"FastFreight", "Penske Courier", "UPS"}[w.random.Intn(3)]
		d.Tracking = fmt.Sprintf("T%s-%d", w.order.ID, w.minutes)
	}
	w.written = append(w.written, d)
	return d.PayloadID
}

func (w *writer) portions(l []Line) []Portion { return []Portion{{w.order, l}} }

// answered confirms a share of the lines: wholly, in part, or for later.
func (w *writer) answered(share float64) []Line {
	some := w.some(w.order, share)
	for i := range some {
		l := &some[i]
		switch w.random.Intn(3) {
		case 0:
			l.Quantity = l.Ordered
		case 1:
			l.Later = l.Ordered
		default:
			l.Quantity = w.random.Intn(l.Ordered + 1)
			l.Later = l.Ordered - l.Quantity
		}
	}
	return some
}

// quantities takes some of a share of the order's lines.
func (w *writer) quantities(o simulator.SeedOrder, share float64) []Line {
	some := w.some(o, share)
	for i := range some {
		some[i].Quantity = 1 + w.random.Intn(some[i].Ordered)
	}
	return some
}

// some returns a share of the lines, at least one.
func (w *writer) some(o simulator.SeedOrder, share float64) []Line {
	all := lines(o)
	kept := slices.DeleteFunc(slices.Clone(all), func(Line) bool { return w.random.Float64() >= share })
	if len(kept) == 0 {
		kept = all[:1]
	}
	return kept
}

// lines returns the order's lines without anything said about them. Generated quantities are whole.
func lines(o simulator.SeedOrder) []Line {
	var all []Line
	for _, l := range o.Items {
		ordered, err := strconv.Atoi(l.Quantity)
		if err != nil {
			panic(fmt.Sprintf("order %s line %d: quantity %q is not whole", o.TranID, l.Line, l.Quantity))
		}
		all = append(all, Line{Number: l.Line, Part: l.VendorName, Rate: l.Rate, Ordered: ordered})
	}
	return all
}
