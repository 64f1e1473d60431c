package netsuite

import (
	"context"
	"fmt"
	"regexp"
	"strings"
)

// Sought are transactions that are looked for by number, whatever its case. Numbers need not be unique in NetSuite.
type Sought struct {
	Orders []string // numbers of purchase orders, of any vendor
	// Payloads are payloadIDs of the requests for orders, as the body field PayloadField has them, in this spelling.
	Payloads     []string
	PayloadField string
	Vendors      []string // internal ids of the vendors whose Bills and Credits are looked for
	Bills        []string // reference numbers of vendor bills
	Credits      []string // reference numbers of vendor credits
}

// Found are the transactions that carry a number that was sought, each sort by internal id. None may also mean that the
// role cannot see it.
type Found struct {
	Orders  []FoundOrder
	Bills   []FoundBill
	Credits []FoundBill
}

// FoundOrder is a purchase order with a number that was looked for.
type FoundOrder struct {
	ID, TranID string
	Entity     string // the vendor's internal id
	Status     string // one letter, as record.PurchaseOrder.OrderStatus
	PayloadID  string // where payloadIDs were sought
}

// FoundBill is a vendor bill or vendor credit with a number that was looked for. Amounts are not among the columns:
// their signs differ between SuiteQL and records, so read the record.
type FoundBill struct {
	ID, TranID, ExternalID string
	Entity                 string
	Status                 string
	TranDate               string // YYYY-MM-DD
}

// bodyField is what may stand in a query in the place of a column.
var bodyField = regexp.MustCompile(`^custbody[a-z0-9_]{1,60}$`)

// The types of transactions in SuiteQL.
const (
	typeOrder  = "PurchOrd"
	typeBill   = "VendBill"
	typeCredit = "VendCred"
)

// Find looks for orders, bills and credits with one query; for nothing without a call.
func (c *Client) Find(ctx context.Context, s Sought) (Found, error) {
	var q alternatives
	q.numbered(typeOrder, nil, s.Orders)
	columns := "t.id, t.type, t.tranid, t.externalid, t.entity, t.status, TO_CHAR(t.trandate,'YYYY-MM-DD') trandate"
	if len(s.Payloads) > 0 {
		if !bodyField.MatchString(s.PayloadField) {
			return Found{}, fmt.Errorf("find %s: %q is no body field of purchase orders", s, s.PayloadField)
		}
		columns += ", t." + s.PayloadField + " payloadid"
		q.conditions = append(q.conditions, "(t.type='"+typeOrder+"' AND t."+s.PayloadField+" IN ("+marks("?", len(s.Payloads))+"))")
		q.params = append(q.params, s.Payloads...)
	}
	q.numbered(typeBill, s.Vendors, s.Bills)
	q.numbered(typeCredit, s.Vendors, s.Credits)
	if len(q.conditions) == 0 {
		return Found{}, nil
	}
	rows, err := c.Query(ctx, `SELECT `+columns+` FROM transaction t WHERE `+strings.Join(q.conditions, " OR ")+` ORDER BY t.id`, q.params...)
	if err != nil {
		return Found{}, fmt.Errorf("find %s: %w", s, err)
	}
	var f Found
	for _, r := range rows {
		one := FoundBill{
			ID: r["id"], TranID: r["tranid"], ExternalID: r["externalid"], Entity: r["entity"],
			Status: statusLetter(r["status"]), TranDate: r["trandate"],
		}
		switch r["type"] {
		case typeOrder:
			f.Orders = append(f.Orders, FoundOrder{ID: one.ID, TranID: one.TranID, Entity: one.Entity, Status: one.Status, PayloadID: r["payloadid"]})
		case typeBill:
			f.Bills = append(f.Bills, one)
		case typeCredit:
			f.Credits = append(f.Credits, one)
		default:
			return Found{}, fmt.Errorf("find %s: transaction %s is of the type %q, which was not sought", s, clip(one.ID, 20), clip(r["type"], 80))
		}
	}
	return f, nil
}

// String names what is sought.
func (s Sought) String() string {
	var all []string
	for _, sort := range []struct {
		name    string
		numbers []string
	}{{"purchase order", s.Orders}, {"purchase order of request", s.Payloads}, {"vendor bill", s.Bills}, {"vendor credit", s.Credits}} {
		if len(sort.numbers) > 0 {
			all = append(all, sort.name+" "+clip(strings.Join(sort.numbers, ", "), 80))
		}
	}
	return strings.Join(all, "; ")
}

// alternatives are the conditions of a query of which one must hold, with the values of their question marks.
type alternatives struct {
	conditions []string
	params     []string
}

// numbered adds the transactions of a type with one of the numbers; of one of the vendors, or of any when there are none.
func (a *alternatives) numbered(typ string, vendors, numbers []string) {
	if len(numbers) == 0 {
		return
	}
	condition := "t.type='" + typ + "'"
	if len(vendors) > 0 {
		condition += " AND t.entity IN (" + marks("?", len(vendors)) + ")"
	}
	condition += " AND UPPER(t.tranid) IN (" + marks("UPPER(?)", len(numbers)) + ")"
	a.conditions = append(a.conditions, "("+condition+")")
	a.params = append(append(a.params, vendors...), numbers...)
}

func marks(mark string, n int) string { return strings.TrimSuffix(strings.Repeat(mark+",", n), ",") }

// FindPurchaseOrders looks for purchase orders by number.
func (c *Client) FindPurchaseOrders(ctx context.Context, number string) ([]FoundOrder, error) {
	f, err := c.Find(ctx, Sought{Orders: []string{number}})
	return f.Orders, err
}

// FindBills looks for vendor bills of a vendor, by internal id, with a reference number.
func (c *Client) FindBills(ctx context.Context, vendor, number string) ([]FoundBill, error) {
	f, err := c.Find(ctx, Sought{Vendors: []string{vendor}, Bills: []string{number}})
	return f.Bills, err
}

// statusLetter takes the letter out of "B" and of "PurchOrd:B", which some accounts answer.
func statusLetter(s string) string {
	return s[strings.LastIndexByte(s, ':')+1:]
}
