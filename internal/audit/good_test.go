package audit_test

import "counterpunch/internal/simulator"

// story is one or more invoices with the orders that they are for. Numbers of orders and invoices are prefixed for every
// run, so that a story can be told again in one account.
type story struct {
	name   string
	orders []simulator.SeedOrder // id and vendor are filled in
	before []invoice             // have to be brought in first
	inv    invoice
}

// ordered is a line of an order.
func ordered(line int, item, quantity, rate, unit string) simulator.SeedLine {
	return simulator.SeedLine{Line: line, Item: item, VendorName: "V-" + item, Description: "Item " + item, Quantity: quantity, QuantityReceived: quantity, Rate: rate, Units: unit}
}

func order(number string, lines ...simulator.SeedLine) simulator.SeedOrder {
	return simulator.SeedOrder{TranID: number, Items: lines}
}

func one(o simulator.SeedOrder) []simulator.SeedOrder { return []simulator.SeedOrder{o} }

// usual is an order of two lines over 100.00.
func usual(number string) simulator.SeedOrder {
	return order(number, ordered(1, "201", "10", "5.00", "EA"), ordered(2, "202", "4", "12.50", "EA"))
}

// widgets and brackets bill a quantity of the lines of usual.
func widgets(quantity, amount string) line {
	return line{at: 1, part: "V-201", quantity: quantity, price: "5.00", amount: amount}
}

func brackets(quantity, amount string) line {
	return line{at: 2, part: "V-202", quantity: quantity, price: "12.50", amount: amount}
}

func with(l line, c charges) line {
	l.charges = c
	return l
}

// of bills lines of one order without charges.
func of(order string, lines ...line) []part { return []part{{order: order, lines: lines}} }

// full bills the whole of usual.
func full(id, order string) invoice {
	return invoice{id: id, parts: of(order, widgets("10", "50.00"), brackets("4", "50.00")), subtotal: "100.00", net: "100.00"}
}

// taxed is full with tax in the summary.
func taxed(id, order string) invoice {
	v := full(id, order)
	v.tax, v.net, v.due = "8.25", "108.25", "108.25"
	return v
}

// good are the invoices that are brought in, in all forms.
func good() []story {
	all := []story{
		{name: "items, no charge", orders: one(usual("P1")), inv: full("I1", "P1")},
		{name: "tax in the summary", orders: one(usual("P1")), inv: taxed("I1", "P1")},
		{name: "tax at the lines and in the summary", orders: one(usual("P1")), inv: invoice{id: "I1", inLine: "Tax",
			parts:    of("P1", with(widgets("10", "50.00"), charges{tax: "4.13"}), with(brackets("4", "50.00"), charges{tax: "4.12"})),
			subtotal: "100.00", charges: charges{tax: "8.25"}, net: "108.25"}},
		{name: "tax at the lines only", orders: one(usual("P1")), inv: invoice{id: "I1", inLine: "Tax",
			parts:    of("P1", with(widgets("10", "50.00"), charges{tax: "4.13"}), with(brackets("4", "50.00"), charges{tax: "4.13"})),
			subtotal: "100.00", net: "108.26"}},
		{name: "tax of the shipping in the summary, not at a line", orders: one(usual("P1")), inv: invoice{id: "I1", inLine: "Tax",
			parts:    of("P1", with(widgets("10", "50.00"), charges{tax: "4.13"}), with(brackets("4", "50.00"), charges{tax: "4.13"})),
			subtotal: "100.00", charges: charges{tax: "9.09", shipping: "10.00"}, net: "119.09"}},
		{name: "tax at the lines that do not count", orders: one(usual("P1")), inv: invoice{id: "I1",
			parts:    of("P1", with(widgets("10", "50.00"), charges{tax: "4.13"}), with(brackets("4", "50.00"), charges{tax: "4.12"})),
			subtotal: "100.00", charges: charges{tax: "8.25"}, net: "108.25"}},
		{name: "shipping", orders: one(usual("P1")), inv: withCharges(full("I1", "P1"), charges{shipping: "12.34"}, "112.34")},
		{name: "handling", orders: one(usual("P1")), inv: withCharges(full("I1", "P1"), charges{handling: "4.00"}, "104.00")},
		{name: "tax, shipping and handling", orders: one(usual("P1")), inv: withCharges(full("I1", "P1"), charges{tax: "8.25", shipping: "12.34", handling: "4.00"}, "124.59")},
		{name: "shipping and handling at the lines", orders: one(usual("P1")), inv: invoice{id: "I1", inLine: "Shipping SpecialHandling",
			parts:    of("P1", with(widgets("10", "50.00"), charges{shipping: "3.10", handling: "1.00"}), with(brackets("4", "50.00"), charges{shipping: "6.50"})),
			subtotal: "100.00", charges: charges{shipping: "9.60", handling: "1.00"}, net: "110.60"}},
		{name: "shipping at a line and not in the summary", orders: one(usual("P1")), inv: invoice{id: "I1", inLine: "Shipping",
			parts: of("P1", with(widgets("10", "50.00"), charges{shipping: "9.60"}), brackets("4", "50.00")), subtotal: "100.00", net: "109.60"}},
		{name: "discount", orders: one(usual("P1")), inv: withCharges(full("I1", "P1"), charges{discount: "5.00"}, "95.00")},
		{name: "discount stated as negative", orders: one(usual("P1")), inv: withCharges(full("I1", "P1"), charges{discount: "-5.00"}, "95.00")},
		{name: "discount at the lines", orders: one(usual("P1")), inv: invoice{id: "I1", inLine: "Discount",
			parts:    of("P1", with(widgets("10", "50.00"), charges{discount: "2.50"}), with(brackets("4", "50.00"), charges{discount: "0.01"})),
			subtotal: "100.00", charges: charges{discount: "2.51"}, net: "97.49"}},
		{name: "further cost and allowance in the summary", orders: one(usual("P1")), inv: withCharges(full("I1", "P1"), charges{more: "7.77", less: "1.11"}, "106.66")},
		{name: "further cost at a line", orders: one(usual("P1")), inv: invoice{id: "I1",
			parts: of("P1", with(widgets("10", "50.00"), charges{more: "2.25"}), brackets("4", "50.00")), subtotal: "100.00", net: "102.25"}},
		{name: "everything at once, with a deposit and terms", orders: one(usual("P1")), inv: invoice{id: "I1", parts: full("", "P1").parts, subtotal: "100.00",
			charges: charges{tax: "8.25", shipping: "12.34", handling: "4.00", discount: "5.00", more: "1.00", less: "0.50"}, net: "120.09", deposit: "20.00", due: "100.09", terms: "30"}},
		{name: "partial quantity", orders: one(usual("P1")), inv: invoice{id: "I1", parts: of("P1", widgets("3", "15.00")), subtotal: "15.00", net: "15.00"}},
		{name: "second partial", orders: one(usual("P1")), before: []invoice{{id: "I0", parts: of("P1", widgets("3", "15.00")), subtotal: "15.00", net: "15.00"}},
			inv: invoice{id: "I1", parts: of("P1", widgets("7", "35.00"), brackets("1", "12.50")), subtotal: "47.50", net: "47.50"}},
		{name: "one line of three, keys with gaps", orders: one(order("P1", ordered(2, "201", "10", "5.00", "EA"), ordered(5, "202", "4", "12.50", "EA"), ordered(9, "203", "500", "0.085", "EA"))),
			inv: invoice{id: "I1", parts: of("P1", line{at: 3, part: "V-203", quantity: "333", price: "0.085", amount: "28.31"}), subtotal: "28.31", net: "28.31"}},
		{name: "half a cent rounded up", orders: one(order("P1", ordered(1, "203", "500", "0.085", "EA"))),
			inv: invoice{id: "I1", parts: of("P1", line{at: 1, part: "V-203", quantity: "1", price: "0.085", amount: "0.09"}), subtotal: "0.09", net: "0.09"}},
		{name: "half a cent rounded down by the supplier", orders: one(order("P1", ordered(1, "203", "500", "0.085", "EA"))),
			inv: invoice{id: "I1", parts: of("P1", line{at: 1, part: "V-203", quantity: "1", price: "0.085", amount: "0.08"}), subtotal: "0.08", net: "0.08"}},
		{name: "no subtotal at the line", orders: one(usual("P1")), inv: invoice{id: "I1", parts: of("P1", widgets("10", "")), subtotal: "50.00", net: "50.00"}},
		{name: "fraction of a unit", orders: one(order("P1", ordered(1, "203", "12.5", "3.3333", "KG"))),
			inv: invoice{id: "I1", parts: of("P1", line{at: 1, part: "V-203", unit: "KGM", quantity: "7.25", price: "3.3333", amount: "24.17"}), subtotal: "24.17", net: "24.17"}},
		{name: "price per hundred", orders: one(order("P1", ordered(1, "203", "500", "0.085", "EA"))),
			inv: invoice{id: "I1", parts: of("P1", line{at: 1, part: "V-203", quantity: "250", price: "8.50", basis: [2]string{"100", "1"}, amount: "21.25"}), subtotal: "21.25", net: "21.25"}},
		{name: "price per dozen, invoiced in boxes of twelve", orders: one(order("P1", ordered(1, "203", "6", "24.00", "BX"))),
			inv: invoice{id: "I1", parts: of("P1", line{at: 1, part: "V-203", unit: "BX", quantity: "6", price: "2.00", basis: [2]string{"1", "12"}, amount: "144.00"}), subtotal: "144.00", net: "144.00"}},
		{name: "service by the hour", orders: one(order("P1", ordered(1, "202", "40", "95.00", "HUR"))),
			inv: invoice{id: "I1", parts: of("P1", line{at: 1, part: "V-202", unit: "HUR", quantity: "7.5", price: "95.00", rate: true, service: true, amount: "712.50"}), subtotal: "712.50", net: "712.50"}},
		{name: "service with a price, beside an item", orders: one(order("P1", ordered(1, "201", "10", "5.00", "EA"), ordered(2, "202", "1", "250.00", "EA"))),
			inv: invoice{id: "I1", parts: of("P1", widgets("10", "50.00"), line{at: 2, part: "V-202", quantity: "1", price: "250.00", service: true, amount: "250.00"}), subtotal: "300.00", charges: charges{tax: "24.75"}, net: "324.75"}},
		{name: "two orders", orders: []simulator.SeedOrder{usual("P1"), usual("P2")}, inv: invoice{id: "I1",
			parts:    []part{{order: "P1", lines: []line{widgets("10", "50.00")}}, {order: "P2", lines: []line{brackets("4", "50.00")}}},
			subtotal: "100.00", charges: charges{tax: "8.25", shipping: "12.34"}, net: "120.59"}},
		{name: "three orders, the same line of each", orders: []simulator.SeedOrder{usual("P1"), usual("P2"), usual("P3")}, inv: invoice{id: "I1",
			parts:    []part{{order: "P1", lines: []line{widgets("1", "5.00")}}, {order: "P2", lines: []line{widgets("2", "10.00")}}, {order: "P3", byID: true, lines: []line{widgets("3", "15.00")}}},
			subtotal: "30.00", net: "30.00"}},
		{name: "one line in two deliveries", orders: one(usual("P1")), inv: invoice{id: "I1", parts: of("P1", widgets("4", "20.00"), widgets("6", "30.00")), subtotal: "50.00", net: "50.00"}},
		{name: "order named by OrderIDInfo", orders: one(usual("P1")), inv: func() invoice {
			v := taxed("I1", "P1")
			v.parts[0].byID = true
			return v
		}()},
		{name: "one order under two spellings of its number", orders: one(usual("P1")), inv: invoice{id: "I1",
			parts:    []part{{order: "P1", lines: []line{widgets("4", "20.00")}}, {order: "p1 ", byID: true, lines: []line{brackets("4", "50.00")}}},
			subtotal: "70.00", net: "70.00"}},
		{name: "in euros", orders: one(inEuros(usual("P1"))), inv: func() invoice {
			v := taxed("I1", "P1")
			v.currency = "EUR"
			return v
		}()},
		{name: "header invoice of the whole order", orders: one(usual("P1")), inv: invoice{id: "I1", header: true, parts: []part{{order: "P1", whole: "100.00"}}, subtotal: "100.00", charges: charges{tax: "8.25"}, net: "108.25"}},
		{name: "header invoice of the rest", orders: one(usual("P1")), before: []invoice{{id: "I0", parts: of("P1", widgets("3", "15.00")), subtotal: "15.00", net: "15.00"}},
			inv: invoice{id: "I1", header: true, parts: []part{{order: "P1", whole: "85.00"}}, subtotal: "85.00", net: "85.00"}},
		{name: "debit memo by line", orders: one(usual("P1")), before: []invoice{{id: "I0", parts: of("P1", widgets("3", "15.00")), subtotal: "15.00", net: "15.00"}},
			inv: invoice{id: "I1", purpose: "lineLevelDebitMemo", refers: "I0", parts: of("P1", widgets("2", "10.00")), subtotal: "10.00", charges: charges{tax: "0.83"}, net: "10.83"}},
		{name: "debit memo for the rest", orders: one(usual("P1")), before: []invoice{{id: "I0", parts: of("P1", widgets("3", "15.00")), subtotal: "15.00", net: "15.00"}},
			inv: invoice{id: "I1", purpose: "debitMemo", header: true, refers: "I0", parts: []part{{order: "P1", whole: "85.00"}}, subtotal: "85.00", net: "85.00"}},
	}
	return append(all, credits()...)
}

// credits are the memos that become vendor credits.
func credits() []story {
	back := func(quantity, price, amount string) line {
		return line{at: 1, part: "V-201", quantity: quantity, price: price, amount: amount}
	}
	return []story{
		{name: "credit by line, all negative", orders: one(usual("P1")), before: []invoice{taxed("I0", "P1")},
			inv: invoice{id: "C1", purpose: "lineLevelCreditMemo", refers: "I0", parts: of("P1", back("-2", "5.00", "-10.00")), subtotal: "-10.00", charges: charges{tax: "-0.83"}, net: "-10.83", due: "-10.83"}},
		{name: "credit by line, all positive", orders: one(usual("P1")), before: []invoice{taxed("I0", "P1")},
			inv: invoice{id: "C1", purpose: "lineLevelCreditMemo", refers: "I0", parts: of("P1", back("2", "5.00", "10.00")), subtotal: "10.00", net: "10.00"}},
		{name: "credit by line with a negative price, for a lower price", orders: one(usual("P1")), before: []invoice{taxed("I0", "P1")},
			inv: invoice{id: "C1", purpose: "lineLevelCreditMemo", refers: "I0", parts: of("P1", back("10", "-0.25", "-2.50")), subtotal: "-2.50", net: "-2.50"}},
		{name: "credit by line with tax at the line and shipping", orders: one(usual("P1")), before: []invoice{taxed("I0", "P1")},
			inv: invoice{id: "C1", purpose: "lineLevelCreditMemo", inLine: "Tax", refers: "I0", parts: of("P1", with(back("-4", "5.00", "-20.00"), charges{tax: "-1.65"})),
				subtotal: "-20.00", charges: charges{tax: "-1.65", shipping: "-3.00"}, net: "-24.65"}},
		{name: "credit by line for a partial invoice", orders: one(usual("P1")), before: []invoice{{id: "I0", parts: of("P1", widgets("3", "15.00")), subtotal: "15.00", net: "15.00"}},
			inv: invoice{id: "C1", purpose: "lineLevelCreditMemo", refers: "I0", parts: of("P1", back("-3", "5.00", "-15.00")), subtotal: "-15.00", net: "-15.00"}},
		{name: "credit of a header", orders: one(usual("P1")), before: []invoice{taxed("I0", "P1")},
			inv: invoice{id: "C1", purpose: "creditMemo", header: true, refers: "I0", parts: []part{{order: "P1", whole: "-15.00"}}, subtotal: "-15.00", net: "-15.00"}},
		{name: "credit of a header with tax", orders: one(usual("P1")), before: []invoice{taxed("I0", "P1")},
			inv: invoice{id: "C1", purpose: "creditMemo", header: true, refers: "I0", parts: []part{{order: "P1", whole: "-15.00"}}, subtotal: "-15.00", charges: charges{tax: "-1.24"}, net: "-16.24"}},
		{name: "credit of more than is left of the bill", orders: one(usual("P1")), before: []invoice{full("I0", "P1"),
			{id: "C0", purpose: "creditMemo", header: true, refers: "I0", parts: []part{{order: "P1", whole: "-90.00"}}, subtotal: "-90.00", net: "-90.00"}},
			inv: invoice{id: "C1", purpose: "creditMemo", header: true, refers: "I0", parts: []part{{order: "P1", whole: "-15.00"}}, subtotal: "-15.00", net: "-15.00"}},
		{name: "credit of a bill of which nothing is left", orders: one(usual("P1")), before: []invoice{full("I0", "P1"),
			{id: "C0", purpose: "creditMemo", header: true, refers: "I0", parts: []part{{order: "P1", whole: "-100.00"}}, subtotal: "-100.00", net: "-100.00"}},
			inv: invoice{id: "C1", purpose: "creditMemo", header: true, refers: "I0", parts: []part{{order: "P1", whole: "-15.00"}}, subtotal: "-15.00", net: "-15.00"}},
		{name: "credit of a header that refers to no bill", orders: one(usual("P1")),
			inv: invoice{id: "C1", purpose: "creditMemo", header: true, parts: []part{{order: "P1", whole: "-15.00"}}, subtotal: "-15.00", net: "-15.00"}},
		{name: "credit by line in euros", orders: one(inEuros(usual("P1"))), before: []invoice{euros(taxed("I0", "P1"))},
			inv: euros(invoice{id: "C1", purpose: "lineLevelCreditMemo", refers: "I0", parts: of("P1", back("-2", "5.00", "-10.00")), subtotal: "-10.00", net: "-10.00"})},
	}
}

func withCharges(v invoice, c charges, net string) invoice {
	v.charges, v.net = c, net
	return v
}

func inEuros(o simulator.SeedOrder) simulator.SeedOrder {
	o.Currency = "4"
	return o
}

func euros(v invoice) invoice {
	v.currency = "EUR"
	return v
}
