package chaos

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"counterpunch/internal/document"
)

// fields are what the judge expects in a record's or a line's fields. Empty is the same as absent.
type fields map[string]string

// expectedOrder is what a purchase order shows once all documents have had their effect.
type expectedOrder struct {
	number  string
	header  fields
	lines   map[int]fields
	ordered []Line // as it was placed: what no document may change
}

// expectedBill is what a vendor bill shows.
type expectedBill struct {
	payloadID string
	number    string
	order     string // internal id of the purchase order
	total     string
	lines     map[int]Line // by order line
}

// expectOrders says what the orders have to show, from the documents alone. Of one confirmation or shipment the latest
// version counts and no other; confirmations are then said one after the other, and shipments added up.
func expectOrders(documents []Document) []expectedOrder {
	latest := map[string]Document{}
	orders := map[string]*expectedOrder{}
	for _, d := range documents {
		for _, p := range d.Portions {
			orders[p.Order.TranID] = &expectedOrder{number: p.Order.TranID, header: fields{}, lines: map[int]fields{}, ordered: lines(p.Order)}
		}
		key := d.Kind + " " + d.Number
		if held, ok := latest[key]; d.Kind != kindInvoice && (!ok || held.Notice.Before(d.Notice)) {
			latest[key] = d
		}
	}
	counting := slices.SortedFunc(maps.Values(latest), func(a, b Document) int { return a.Notice.Compare(b.Notice) })
	for _, d := range counting {
		for _, p := range d.Portions {
			switch {
			case d.Operation == operationDelete:
			case d.Kind == kindConfirmation:
				orders[p.Order.TranID].confirmed(d, p.Lines)
			default:
				orders[p.Order.TranID].shipped(d, p.Lines)
			}
		}
	}
	return slices.SortedFunc(func(yield func(expectedOrder) bool) {
		for _, o := range orders {
			if !yield(*o) {
				return
			}
		}
	}, func(a, b expectedOrder) int { return strings.Compare(a.number, b.number) })
}

func (o *expectedOrder) line(number int) fields {
	if o.lines[number] == nil {
		o.lines[number] = fields{}
	}
	return o.lines[number]
}

func (o *expectedOrder) confirmed(d Document, said []Line) {
	o.header["custbody_cp_confirmation_number"] = d.Number
	o.header["custbody_cp_confirmation_date"] = d.Notice.Format(time.DateOnly)
	for _, l := range said {
		f := o.line(l.Number)
		f["custcol_cp_confirmed_quantity"], f["custcol_cp_confirmed_price"] = strconv.Itoa(l.Quantity), ""
		if l.Quantity > 0 {
			f["custcol_cp_confirmed_price"] = document.MustDecimal(l.Rate).Canonical()
		}
		switch {
		case l.Later == 0:
			f["custcol_cp_status"] = "accept"
		case l.Quantity == 0:
			f["custcol_cp_status"] = "backordered"
		default:
			f["custcol_cp_status"] = fmt.Sprintf("accept %d; backordered %d", l.Quantity, l.Later)
		}
	}
}

func (o *expectedOrder) shipped(d Document, said []Line) {
	o.list("custbody_cp_shipments", d.Number, false)
	o.list("custbody_cp_tracking_numbers", d.Tracking, true)
	o.list("custbody_cp_carriers", d.Carrier, true)
	o.header["custbody_cp_ship_date"] = max(o.header["custbody_cp_ship_date"], d.Shipped.Format(time.DateOnly))
	for _, l := range said {
		f := o.line(l.Number)
		before, _ := strconv.Atoi(f["custcol_cp_shipped_quantity"]) // not there: 0
		f["custcol_cp_shipped_quantity"] = strconv.Itoa(before + l.Quantity)
	}
}

// list adds an entry to a field that holds several, sorted and each once if so asked.
func (o *expectedOrder) list(field, entry string, sorted bool) {
	var all []string
	if o.header[field] != "" {
		all = strings.Split(o.header[field], ", ")
	}
	all = append(all, entry)
	if sorted {
		slices.Sort(all)
		all = slices.Compact(all)
	}
	o.header[field] = strings.Join(all, ", ")
}

// headerFields and lineFields are the fields of a purchase order that the judge compares.
func headerFields() []string {
	return []string{
		"custbody_cp_confirmation_number", "custbody_cp_confirmation_date", "custbody_cp_shipments",
		"custbody_cp_tracking_numbers", "custbody_cp_carriers", "custbody_cp_ship_date",
	}
}

func lineFields() []string {
	return []string{"custcol_cp_status", "custcol_cp_confirmed_quantity", "custcol_cp_confirmed_price", "custcol_cp_shipped_quantity"}
}

// expectBills says which bills there have to be.
func expectBills(documents []Document) []expectedBill {
	var bills []expectedBill
	for _, d := range documents {
		if d.Kind != kindInvoice {
			continue
		}
		b := expectedBill{payloadID: d.PayloadID, number: d.Number, order: d.Portions[0].Order.ID, total: d.Total(), lines: map[int]Line{}}
		for _, l := range d.Portions[0].Lines {
			b.lines[l.Number] = l
		}
		bills = append(bills, b)
	}
	return bills
}
