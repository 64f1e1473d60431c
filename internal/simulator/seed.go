package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"strconv"
	"strings"
	"time"

	"counterpunch/internal/document"
)

// Seed is the form of SeedOrders: what the account holds before anybody calls. Numbers are text, so that they are exact.
type Seed struct {
	Vendors        []Named     `json:"vendors"`
	Items          []SeedItem  `json:"items"`
	Accounts       []Named     `json:"accounts"`
	Subsidiaries   []Named     `json:"subsidiaries"`
	Currencies     []Named     `json:"currencies"`
	Units          []SeedUnit  `json:"units"`
	TaxCodes       []Named     `json:"taxCodes"`
	PurchaseOrders []SeedOrder `json:"purchaseOrders"`
}

// Named is a record of which only id and name matter.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Rate of a currency: how much of the account's own one of it is; empty means 1. Of a tax code: its percent.
	Rate string `json:"rate"`
}

// SeedUnit is a unit of measure, by its name, that stands for several of its base unit: a BOX of 12 EA.
type SeedUnit struct {
	Name   string `json:"name"`
	Base   string `json:"base"`
	Factor string `json:"factor"`
}

// SeedItem is an item. Rate is its purchase price, which lines without a rate have.
type SeedItem struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	VendorName string `json:"vendorName"`
	Rate       string `json:"rate"`
}

// SeedOrder is a purchase order. Status is the letter; empty means B, pending receipt.
type SeedOrder struct {
	ID         string     `json:"id"`
	TranID     string     `json:"tranId"`
	ExternalID string     `json:"externalId"`
	Vendor     string     `json:"vendor"`
	Subsidiary string     `json:"subsidiary"`
	Currency   string     `json:"currency"`
	Rate       string     `json:"exchangeRate"` // empty: that of the currency
	Status     string     `json:"status"`
	TranDate   string     `json:"tranDate"`
	Memo       string     `json:"memo"`
	Items      []SeedLine `json:"items"`
}

// SeedLine is a line of a seeded order. Line numbers may have gaps.
type SeedLine struct {
	Line             int    `json:"line"`
	Item             string `json:"item"`
	VendorName       string `json:"vendorName"`
	Description      string `json:"description"`
	Quantity         string `json:"quantity"`
	Rate             string `json:"rate"`
	Units            string `json:"units"`
	QuantityReceived string `json:"quantityReceived"`
	QuantityBilled   string `json:"quantityBilled"`
	IsClosed         bool   `json:"isClosed"`
}

// SeedOrders adds vendors, items and purchase orders. Unknown fields, duplicate ids and references to nothing are errors,
// and then nothing is added.
func (s *Simulator) SeedOrders(text []byte) error {
	var seed Seed
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&seed); err != nil {
		return fmt.Errorf("seed orders: %w", err)
	}
	return s.Seed(seed)
}

// Seed is SeedOrders for a seed that is made by a program.
func (s *Simulator) Seed(seed Seed) error {
	s.lock()
	defer s.mu.Unlock()
	if err := s.plant(seed); err != nil {
		return err
	}
	s.seeds = append(s.seeds, seed)
	return nil
}

// plant adds a seed to the books.
func (s *Simulator) plant(seed Seed) error {
	w := s.world
	for kind, all := range map[string][]Named{"vendor": seed.Vendors, "account": seed.Accounts, "subsidiary": seed.Subsidiaries, "currency": seed.Currencies,
		"taxCode": seed.TaxCodes} {
		for _, one := range all {
			if _, err := document.ParseDecimal(one.Rate); err != nil && one.Rate != "" {
				return fmt.Errorf("seed orders: %s %s: rate: %w", kind, one.ID, err)
			}
			w.name(kind, one.ID, one.Name)
			w.rates[kind+" "+one.ID] = one.Rate
		}
	}
	for _, one := range seed.Items {
		w.name("item", one.ID, one.Name)
		w.prices[one.ID], w.vendorNames[one.ID] = one.Rate, one.VendorName
	}
	for _, one := range seed.Units {
		factor, err := document.ParseDecimal(one.Factor)
		if err != nil || factor.Sign() <= 0 {
			return fmt.Errorf("seed orders: unit %s: factor %q is not a number above 0", one.Name, one.Factor)
		}
		w.unit(one.Base)
		w.factors[w.unit(one.Name).id] = factor
	}
	orders := make([]*record, 0, len(seed.PurchaseOrders))
	taken := map[string]bool{}
	for _, one := range seed.PurchaseOrders {
		r, err := s.seedOrder(one)
		if err != nil {
			return fmt.Errorf("seed orders: order %s: %w", one.TranID, err)
		}
		if taken[r.id] || w.records[r.id] != nil {
			return fmt.Errorf("seed orders: order %s: id %s is taken", one.TranID, r.id)
		}
		taken[r.id] = true
		orders = append(orders, r)
	}
	for _, r := range orders {
		w.records[r.id] = r
		w.ids = append(w.ids, r.id)
		w.index(r)
	}
	return nil
}

func (s *Simulator) seedOrder(one SeedOrder) (*record, error) {
	w := s.world
	r := newRecord(w.schemas[strings.ToLower(orderType)], one.ID)
	if _, err := strconv.Atoi(one.ID); err != nil {
		return nil, fmt.Errorf("id %q is not a number", one.ID)
	}
	for name, value := range map[string]string{"tranId": one.TranID, "externalId": one.ExternalID, "memo": one.Memo, "tranDate": one.TranDate} {
		if value != "" {
			r.fields[name] = value
		}
	}
	for name, value := range map[string][2]string{"entity": {"vendor", one.Vendor}, "subsidiary": {"subsidiary", orOne(one.Subsidiary)}, "currency": {"currency", orOne(one.Currency)}} {
		if _, known := w.names[value[0]][value[1]]; !known {
			if value[0] != "subsidiary" {
				return nil, fmt.Errorf("%s %q is not known", value[0], value[1])
			}
			w.name(value[0], value[1], "Subsidiary "+value[1])
		}
		r.fields[name] = w.refTo(value[0], value[1])
	}
	status := one.Status
	if status == "" {
		status = statusPendingReceipt
	}
	if orderStatuses()[status] == "" {
		return nil, fmt.Errorf("status %q is not one of A to H", status)
	}
	r.fields["orderStatus"] = ref{id: status}
	r.fields["exchangeRate"] = w.exchangeRate(orOne(one.Currency))
	if one.Rate != "" {
		rate, err := document.ParseDecimal(one.Rate)
		if err != nil {
			return nil, fmt.Errorf("exchange rate: %w", err)
		}
		r.fields["exchangeRate"] = rate
	}
	now := s.now().Format(time.RFC3339)
	r.fields["createdDate"], r.fields["lastModifiedDate"] = now, now
	for i, line := range one.Items {
		if err := s.seedLine(r, line, i, status); err != nil {
			return nil, fmt.Errorf("line %d: %w", line.Line, err)
		}
	}
	if err := s.finishOrder(nil, r); err != nil {
		return nil, err
	}
	if got := r.text("orderStatus"); one.Status != "" && got != one.Status {
		return nil, fmt.Errorf("status %s does not agree with the quantities, which make it %s", one.Status, got)
	}
	r.given = map[string]bool{}
	return r, nil
}

func orOne(id string) string {
	if id == "" {
		return "1"
	}
	return id
}

// seedLine adds a line. Where the seed gives no quantities done, they follow from the order's status.
func (s *Simulator) seedLine(r *record, line SeedLine, index int, status string) error {
	number := line.Line
	if number == 0 {
		number = index + 1
	}
	if r.row(itemList, number) != nil {
		return fmt.Errorf("line %d is given twice", number)
	}
	if _, known := s.world.names["item"][line.Item]; !known {
		return fmt.Errorf("item %q is not known", line.Item)
	}
	one := &row{line: number, fields: map[string]any{"item": s.world.refTo("item", line.Item), "isClosed": line.IsClosed || status == statusClosed}}
	r.lists[itemList] = append(r.lists[itemList], one)
	r.lastLine = max(r.lastLine, number)
	received, billed := line.QuantityReceived, line.QuantityBilled
	if received == "" && (status == statusPendingBill || status == statusBilled) {
		received = line.Quantity
	}
	if billed == "" && status == statusBilled {
		billed = line.Quantity
	}
	for name, value := range map[string]string{"quantity": line.Quantity, "rate": line.Rate, "quantityReceived": received, "quantityBilled": billed} {
		if value == "" {
			continue
		}
		d, err := document.ParseDecimal(value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		one.fields[name] = d
	}
	for name, value := range map[string]string{"vendorName": line.VendorName, "description": line.Description} {
		if value != "" {
			one.fields[name] = value
		}
	}
	if line.Units != "" {
		one.fields["units"] = s.world.unit(line.Units)
	}
	return nil
}

// SeedRandom adds n orders of one vendor for load tests and returns them in the form of the seed. Ids are counted from
// 100001, numbers are PO-L100001 and so on; lines, quantities and prices follow from Options.Seed and n alone.
func (s *Simulator) SeedRandom(n int, vendor string) ([]SeedOrder, error) {
	const firstID = 100001
	seed := Seed{}
	s.lock()
	next := firstID
	for s.world.records[strconv.Itoa(next)] != nil {
		next++
	}
	random := rand.New(rand.NewSource(s.options.Seed + int64(next)))
	if s.world.names["vendor"][vendor] == "" {
		seed.Vendors = []Named{{ID: vendor, Name: "Vendor " + vendor}}
	}
	s.mu.Unlock()
	for i := range 20 {
		id := strconv.Itoa(8001 + i)
		seed.Items = append(seed.Items, SeedItem{ID: id, Name: "Load item " + id, VendorName: "LOAD-" + id})
	}
	for i := range n {
		id := strconv.Itoa(next + i)
		order := SeedOrder{ID: id, TranID: "PO-L" + id, Vendor: vendor, Status: statusPendingReceipt, TranDate: "2026-09-01"}
		for line := range 1 + random.Intn(5) {
			item := seed.Items[random.Intn(len(seed.Items))]
			order.Items = append(order.Items, SeedLine{
				Line: line + 1, Item: item.ID, VendorName: item.VendorName, Description: item.Name, Units: "EA",
				Quantity: strconv.Itoa(1 + random.Intn(50)),
				Rate:     fmt.Sprintf("%d.%02d", random.Intn(100), 1+random.Intn(99)),
			})
		}
		seed.PurchaseOrders = append(seed.PurchaseOrders, order)
	}
	return seed.PurchaseOrders, s.Seed(seed)
}
