package simulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"counterpunch/internal/document"
)

// table is what can stand after FROM. rows may use wanted, values that columns must have, to look at fewer rows.
type table struct {
	permission string // without which there is no such table for the role
	columns    []string
	rows       func(s *Simulator, wanted choices) []tuple
}

func tables(s *Simulator) map[string]table {
	links := "previousdoc nextdoc previousline nextline previoustype nexttype"
	body, lines := "", ""
	for _, schema := range s.world.schemas {
		body += " " + customNames(schema.fields)
		lines += " " + customNames(schema.lists[itemList])
	}
	// subsidiary is not a column of transaction: it stands on the lines.
	all := map[string]table{
		"transaction":                 {"", strings.Fields("id tranid type entity trandate duedate shipdate status foreigntotal exchangerate currency memo otherrefnum externalid lastmodifieddate createddate transactionnumber foreignamountpaid foreignamountunpaid paymenthold postingperiod voided" + body), transactionRows},
		"transactionline":             {"", strings.Fields("transaction id uniquekey linesequencenumber mainline taxline item expenseaccount itemtype quantity rate foreignamount netamount quantitybilled quantityshiprecv isclosed expectedreceiptdate memo createdfrom location subsidiary iscogs donotdisplayline units" + lines), lineRows},
		"accountingperiod":            {PermissionPeriods, strings.Fields("id periodname startdate enddate parent closed alllocked aplocked arlocked isquarter isyear isposting isadjust isinactive"), periodRows},
		"account":                     {PermissionAccounts, strings.Fields("id acctname fullname"), namedRows("account")},
		"currency":                    {PermissionCurrencies, strings.Fields("id name exchangerate"), namedRows("currency")},
		"subsidiary":                  {PermissionSubsidiaries, strings.Fields("id name fullname"), namedRows("subsidiary")},
		"item":                        {PermissionItems, strings.Fields("id itemid displayname vendorname"), namedRows("item")},
		"unitstype":                   {PermissionUnits, strings.Fields("id name"), namedRows("unit")},
		"vendor":                      {PermissionVendors, strings.Fields("id entityid companyname"), namedRows("vendor")},
		"nexttransactionlinelink":     {"", strings.Fields(links), linkRows},
		"previoustransactionlinelink": {"", strings.Fields(links), linkRows},
	}
	if s.knobs.OneWorld == Off {
		delete(all, "subsidiary")
	}
	for name, one := range all {
		if one.permission != "" && s.lacks(one.permission) {
			delete(all, name)
			continue
		}
		one.columns = slices.DeleteFunc(one.columns, func(column string) bool { return s.absent("", column) || s.hiddenField(column) })
		all[name] = one
	}
	return all
}

func customNames(fields map[string]field) string {
	var names []string
	for name := range fields {
		if isCustom(name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// searchProblem is a refusal in NetSuite's words, which begin with a capital.
type searchProblem string

// Error implements error.
func (p searchProblem) Error() string { return "Search error occurred: " + string(p) }

func searchError(format string, args ...any) error {
	return searchProblem(fmt.Sprintf(format, args...))
}

// bind checks every column against the tables. The list of identifiers is part of NetSuite's refusal.
func (q *query) bind(known map[string]table) error {
	for _, source := range q.tables {
		if _, ok := known[source.table]; !ok {
			return searchError("Record '%s' was not found.", source.table)
		}
	}
	for _, c := range q.names {
		if c.ignore {
			continue
		}
		found := -1
		var available []string
		for i, source := range q.tables {
			if c.qualifier != "" && c.qualifier != source.alias {
				continue
			}
			available = append(available, known[source.table].columns...)
			if !slices.Contains(known[source.table].columns, c.name) {
				continue
			}
			if found >= 0 {
				return searchError("Identifier '%s' is ambiguous.", c.name)
			}
			found = i
		}
		if found < 0 {
			slices.Sort(available)
			return searchError("Unknown identifier '%s'. Available identifiers are: {%s}", c.name, strings.Join(available, ", "))
		}
		c.table = found
	}
	return nil
}

func number64(n int) document.Decimal { return document.NewDecimal(int64(n)) }

func idOf(id string) any { return plain(ref{id: id}) }

func dateOf(v any, layout string) any {
	t, err := time.Parse(layout, textOf(v))
	if err != nil {
		return nil
	}
	return moment(t)
}

func letterOf(v any) any {
	if b, ok := v.(bool); ok && b {
		return "T"
	}
	return "F"
}

// visible returns the transactions that the role may see, fewer when their ids or numbers are wanted: nil for any.
func (s *Simulator) visible(wanted, numbers []string) []*record {
	if s.lacks(PermissionTransaction) || s.lacks(PermissionWorkbook) {
		return nil
	}
	ids := s.world.ids
	switch {
	case wanted != nil:
		ids = wanted
	case numbers != nil:
		ids = nil
		for _, number := range numbers {
			ids = append(ids, s.world.byTranID[strings.ToUpper(number)]...)
		}
	}
	var found []*record
	seen := map[string]bool{}
	for _, one := range ids {
		if r := s.world.records[one]; r != nil && !seen[one] && !s.hidden(one) && !s.lacks(r.schema.label) {
			found = append(found, r)
		}
		seen[one] = true
	}
	return found
}

func transactionRows(s *Simulator, wanted choices) []tuple {
	var rows []tuple
	for _, r := range s.visible(wanted["id"], wanted["tranid"]) {
		rows = append(rows, func(column string) any { return transactionColumn(r, column) })
	}
	return rows
}

// transactionColumn returns a column of table transaction.
func transactionColumn(r *record, column string) any {
	switch column {
	case "id":
		return idOf(r.id)
	case "type":
		return ref{id: r.schema.query, name: r.schema.label}
	case "trandate", "duedate", "shipdate":
		return dateOf(r.fields[map[string]string{"trandate": "tranDate", "duedate": "dueDate", "shipdate": "shipDate"}[column]], time.DateOnly)
	case "lastmodifieddate":
		return dateOf(r.fields["lastModifiedDate"], time.RFC3339)
	case "createddate":
		return dateOf(r.fields["createdDate"], time.RFC3339)
	case "status":
		return ref{id: statusLetter(r), name: r.schema.label + " : " + r.text("status")}
	case "voided":
		return letterOf(r.text("status") == voided)
	case "paymenthold":
		if r.schema.name != billType {
			return nil
		}
		return letterOf(r.fields["paymentHold"])
	}
	names := map[string]string{"tranid": "tranId", "entity": "entity", "foreigntotal": "total", "exchangerate": "exchangeRate",
		"currency": "currency", "memo": "memo", "otherrefnum": "otherRefNum", "externalid": "externalId",
		"transactionnumber": "transactionNumber", "foreignamountpaid": "amountPaid", "postingperiod": "postingPeriod", "foreignamountunpaid": "amountRemaining"}
	name := names[column]
	if name == "" {
		name = column
	}
	return columnValue(r.schema.fields[name], r.fields[name])
}

func statusLetter(r *record) string {
	switch r.schema.name {
	case orderType:
		return r.text("orderStatus")
	case receiptType:
		return "Y"
	}
	return map[string]string{"Open": "A", "Paid In Full": "B", "Fully Applied": "B", "Pending Approval": "D"}[r.text("status")]
}

func columnValue(f field, v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case bool:
		return letterOf(v)
	case string:
		if f.kind == day {
			return dateOf(v, time.DateOnly)
		}
	}
	return v
}

func lineRows(s *Simulator, wanted choices) []tuple {
	var rows []tuple
	for _, r := range s.visible(wanted["transaction"], nil) {
		rows = append(rows, s.mainLine(r))
		sequence := 0
		for _, list := range []string{itemList, expenses} {
			for _, one := range r.lists[list] {
				sequence++
				at := sequence
				rows = append(rows, func(column string) any { return s.lineColumn(r, list, one, at, column) })
			}
		}
	}
	return rows
}

func (s *Simulator) mainLine(r *record) tuple {
	return func(column string) any {
		switch column {
		case "transaction":
			return idOf(r.id)
		case "id", "linesequencenumber":
			return number64(0)
		case "mainline":
			return "T"
		case "taxline", "isclosed", "iscogs", "donotdisplayline":
			return "F"
		case "subsidiary":
			return r.fields["subsidiary"]
		case "memo":
			return columnValue(field{}, r.fields["memo"])
		case "foreignamount":
			return columnValue(field{}, r.fields["total"])
		case "netamount":
			return r.number("total").Mul(rateOf(r)).Round(2)
		}
		return nil
	}
}

// rateOf is the exchange rate of a transaction, with which NetSuite gives amounts in the account's own currency.
func rateOf(r *record) document.Decimal {
	if hasField(r, "exchangeRate") {
		return r.number("exchangeRate")
	}
	return document.NewDecimal(1)
}

func (s *Simulator) lineColumn(r *record, list string, one *row, sequence int, column string) any {
	switch column {
	case "transaction":
		return idOf(r.id)
	case "id":
		return number64(one.line)
	case "linesequencenumber":
		return number64(sequence)
	case "mainline", "taxline", "iscogs", "donotdisplayline":
		return "F"
	case "isclosed":
		return letterOf(one.fields["isClosed"])
	case "subsidiary":
		return r.fields["subsidiary"]
	case "itemtype":
		if list == itemList {
			return "InvtPart"
		}
		return nil
	case "createdfrom":
		if one.has("orderDoc") {
			return one.fields["orderDoc"]
		}
		return columnValue(field{}, r.fields["createdFrom"])
	case "memo":
		if one.has("description") {
			return one.fields["description"]
		}
		return columnValue(field{}, one.fields["memo"])
	case "quantity", "quantitybilled", "quantityshiprecv":
		// Quantities are in base units, whatever the unit of the line.
		name := map[string]string{"quantity": "quantity", "quantitybilled": "quantityBilled", "quantityshiprecv": "quantityReceived"}[column]
		d, ok := one.fields[name].(document.Decimal)
		if !ok {
			return nil
		}
		d = s.world.inBase(d, one.text("units"))
		if column == "quantity" && s.knobs.NegativeOrderQuantity && r.schema.name == orderType {
			return d.Neg()
		}
		return d
	case "netamount":
		return one.number("amount").Mul(rateOf(r)).Round(2)
	}
	names := map[string]string{"uniquekey": "uniqueKey", "expenseaccount": "account", "foreignamount": "amount",
		"expectedreceiptdate": "expectedReceiptDate"}
	name := names[column]
	if name == "" {
		name = column
	}
	return columnValue(r.schema.lists[list][name], one.fields[name])
}

// namedRows are the rows of a list of names.
func namedRows(kind string) func(*Simulator, choices) []tuple {
	return func(s *Simulator, wanted choices) []tuple {
		ids := slices.Sorted(maps.Keys(s.world.names[kind]))
		if some, ok := wanted["id"]; ok {
			ids = slices.Compact(slices.Sorted(slices.Values(some)))
		}
		var rows []tuple
		for _, id := range ids {
			name, known := s.world.names[kind][id]
			if !known || kind == "subsidiary" && !s.covers(id) {
				continue
			}
			rows = append(rows, func(column string) any {
				switch column {
				case "id":
					return idOf(id)
				case "exchangerate":
					return s.world.exchangeRate(id)
				case "vendorname":
					if v := s.world.vendorNames[id]; v != "" {
						return v
					}
					return nil
				}
				return name
			})
		}
		return rows
	}
}

// linkRows are the links from lines of orders to lines of bills, and from bills to the credits made from them.
func linkRows(s *Simulator, wanted choices) []tuple {
	var rows []tuple
	for _, next := range s.visible(wanted["nextdoc"], nil) {
		for _, one := range next.lists[itemList] {
			previous := one.text("orderDoc")
			if previous == "" && one.has("orderLine") {
				previous = next.text("createdFrom")
			}
			source := s.world.records[previous]
			if source == nil || s.hidden(previous) {
				continue
			}
			rows = append(rows, func(column string) any {
				switch column {
				case "previousdoc":
					return idOf(previous)
				case "nextdoc":
					return idOf(next.id)
				case "previousline":
					return one.fields["orderLine"]
				case "nextline":
					return number64(one.line)
				case "previoustype":
					return source.schema.query
				}
				return next.schema.query
			})
		}
	}
	return rows
}
