package audit_test

import (
	"counterpunch/internal/reason"
	"counterpunch/internal/simulator"
)

// bad is an invoice that may not become a bill. codes are the reject codes of Kuali's electronic invoices that it stands
// for: the checklist of a peer that has rejected invoices for twenty years.
type bad struct {
	story
	codes  string
	reason reason.Code
	answer int    // of the intake, where that refuses it already
	state  string // default dead-lettered
	// bare: there is no table of differences; the reason and its text say what is wrong.
	bare bool
}

func status(o simulator.SeedOrder, letter string) simulator.SeedOrder {
	o.Status = letter
	for i := range o.Items {
		o.Items[i].QuantityReceived = ""
	}
	return o
}

func vendor(o simulator.SeedOrder, id string) simulator.SeedOrder {
	o.Vendor = id
	return o
}

func lineOf(v invoice, change func(*line)) invoice {
	change(&v.parts[0].lines[0])
	return v
}

// rejects are the invoices that are held back, with why.
func rejects() []bad {
	var closedLine = usual("P1")
	closedLine.Items[0].IsClosed = true
	parked := "parked"
	net := func(v invoice, net string) invoice {
		v.net = net
		return v
	}
	b := func(codes, name string, why reason.Code, orders []simulator.SeedOrder, inv invoice) bad {
		return bad{codes: codes, reason: why, story: story{name: name, orders: orders, inv: inv}}
	}
	after := func(x bad, before ...invoice) bad {
		x.before = before
		return x
	}
	rests := func(x bad, state string, bare bool) bad {
		x.state, x.bare = state, bare
		return x
	}
	at := func(x bad, answer int) bad {
		x.answer = answer
		return x
	}
	p1 := one(usual("P1"))
	return []bad{
		rests(b("PONE", "order that is not there", reason.OrderNotFound, nil, full("I1", "P1")), parked, true),
		rests(b("PVNM", "order of another vendor", reason.WrongVendor, one(vendor(usual("P1"), "502")), full("I1", "P1")), "", true),
		b("PONO", "closed order", reason.OrderClosed, one(status(usual("P1"), "H")), full("I1", "P1")),
		b("PONO", "order that is fully billed", reason.OrderClosed, one(status(usual("P1"), "G")), full("I1", "P1")),
		b("PONO", "rejected order", reason.OrderClosed, one(status(usual("P1"), "C")), full("I1", "P1")),
		b("PONO", "closed line", reason.OrderClosed, one(closedLine), full("I1", "P1")),
		rests(b("PONO", "order pending approval", reason.OrderPendingApproval, one(status(usual("P1"), "A")), full("I1", "P1")), parked, false),
		rests(b("POIE", "no order named", reason.OrderReferenceMissing, nil, full("I1", "")), "", true),
		rests(b("POII", "order number of another form", reason.OrderNotFound, nil, full("I1", "%#/P1")), parked, true),
		at(b("NOIV", "no line", "", p1, invoice{id: "I1", parts: of("P1"), subtotal: "0.00", net: "0.00"}), 400),
		at(b("IIQE", "no quantity", "", p1, lineOf(full("I1", "P1"), func(l *line) { l.quantity = "" })), 400),
		b("IMLI", "line that the order does not have", reason.LineNotFound, p1, lineOf(full("I1", "P1"), func(l *line) { l.at = 7 })),
		b("ICSL", "one line of the order twice at two prices", reason.NotSupported, p1,
			invoice{id: "I1", parts: of("P1", widgets("4", "20.00"), line{at: 1, part: "V-201", quantity: "4", price: "6.00", amount: "24.00"}), subtotal: "44.00", net: "44.00"}),
		b("ICSL PILI", "one line of the order twice, together too much", reason.QuantityExceedsOrder, p1,
			invoice{id: "I1", parts: of("P1", widgets("6", "30.00"), widgets("5", "25.00")), subtotal: "55.00", net: "55.00"}),
		b("IICN", "another part", reason.LineAmbiguous, p1, lineOf(full("I1", "P1"), func(l *line) { l.part = "V-202" })),
		b("IICN", "neither part nor price bear the line out", reason.LineAmbiguous, p1,
			net(lineOf(full("I1", "P1"), func(l *line) { l.part, l.price, l.amount = "", "5.50", "55.00" }), "105.00")),
		b("IUOM", "boxes for pieces", reason.UnitMismatch, p1, lineOf(full("I1", "P1"), func(l *line) { l.unit = "BX" })),
		b("PILI", "more than ordered", reason.QuantityExceedsOrder, p1, invoice{id: "I1", parts: of("P1", widgets("11", "55.00")), subtotal: "55.00", net: "55.00"}),
		after(b("PILI", "more than is left to bill", reason.QuantityExceedsOrder, p1, invoice{id: "I1", parts: of("P1", widgets("8", "40.00")), subtotal: "40.00", net: "40.00"}),
			invoice{id: "I0", parts: of("P1", widgets("3", "15.00")), subtotal: "15.00", net: "15.00"}),
		b("STUV", "higher price", reason.PriceMismatch, p1, invoice{id: "I1", parts: of("P1", line{at: 1, part: "V-201", quantity: "10", price: "5.01", amount: "50.10"}), subtotal: "50.10", net: "50.10"}),
		b("STLV", "lower price", reason.PriceMismatch, p1, invoice{id: "I1", parts: of("P1", line{at: 1, part: "V-201", quantity: "10", price: "4.99", amount: "49.90"}), subtotal: "49.90", net: "49.90"}),
		b("AGUV", "amount of a line that is not quantity times price", reason.TotalMismatch, p1, invoice{id: "I1", parts: of("P1", widgets("10", "51.00")), subtotal: "51.00", net: "51.00"}),
		b("AGUV", "price per hundred taken as price of one", reason.TotalMismatch, one(order("P1", ordered(1, "203", "500", "0.085", "EA"))),
			invoice{id: "I1", parts: of("P1", line{at: 1, part: "V-203", quantity: "100", price: "8.50", basis: [2]string{"100", "1"}, amount: "850.00"}), subtotal: "850.00", net: "850.00"}),
		b("ALLV PAIA", "header invoice over more than is left", reason.NotSupported, p1, invoice{id: "I1", header: true, parts: []part{{order: "P1", whole: "100.50"}}, subtotal: "100.50", net: "100.50"}),
		b("HIIO", "header invoice over a part", reason.NotSupported, p1, invoice{id: "I1", header: true, parts: []part{{order: "P1", whole: "60.00"}}, subtotal: "60.00", net: "60.00"}),
		b("DSAM", "discount that the total does not have", reason.TotalMismatch, p1, withCharges(full("I1", "P1"), charges{discount: "5.00"}, "100.00")),
		b("DSAM", "discount in the summary that is not the lines'", reason.TotalMismatch, p1, invoice{id: "I1", inLine: "Discount",
			parts: of("P1", with(widgets("10", "50.00"), charges{discount: "2.00"}), brackets("4", "50.00")), subtotal: "100.00", charges: charges{discount: "5.00"}, net: "98.00"}),
		b("SSAM", "shipping that the total does not have", reason.TotalMismatch, p1, withCharges(full("I1", "P1"), charges{shipping: "12.34"}, "100.00")),
		b("SSAM", "shipping in the summary that is not the lines'", reason.TotalMismatch, p1, invoice{id: "I1", inLine: "Shipping",
			parts: of("P1", with(widgets("10", "50.00"), charges{shipping: "9.60"}), brackets("4", "50.00")), subtotal: "100.00", charges: charges{shipping: "8.60"}, net: "109.60"}),
		b("SHSA", "handling that the total does not have", reason.TotalMismatch, p1, withCharges(full("I1", "P1"), charges{handling: "4.00"}, "100.00")),
		b("SHSA", "handling in the summary that is not the lines'", reason.TotalMismatch, p1, invoice{id: "I1", inLine: "SpecialHandling",
			parts: of("P1", with(widgets("10", "50.00"), charges{handling: "4.00"}), brackets("4", "50.00")), subtotal: "100.00", charges: charges{handling: "1.00"}, net: "104.00"}),
		b("TSAM", "tax that the total does not have", reason.TotalMismatch, p1, withCharges(full("I1", "P1"), charges{tax: "8.25"}, "100.00")),
		b("TSAM", "total with a tax that is nowhere", reason.TotalMismatch, p1, withCharges(full("I1", "P1"), charges{}, "108.25")),
		b("TSAM", "more tax at the lines than in the summary", reason.TotalMismatch, p1, invoice{id: "I1", inLine: "Tax",
			parts:    of("P1", with(widgets("10", "50.00"), charges{tax: "4.13"}), with(brackets("4", "50.00"), charges{tax: "4.13"})),
			subtotal: "100.00", charges: charges{tax: "4.13"}, net: "104.13"}),
		b("", "subtotal in another currency", reason.CurrencyMismatch, p1, euros(full("I1", "P1"))),
		b("", "one price in another currency", reason.CurrencyMismatch, p1, lineOf(full("I1", "P1"), func(l *line) { l.currency = "EUR" })),
		b("", "two orders in two currencies", reason.OrdersNotCombinable, []simulator.SeedOrder{usual("P1"), inEuros(usual("P2"))}, invoice{id: "I1",
			parts: []part{{order: "P1", lines: []line{widgets("10", "50.00")}}, {order: "P2", lines: []line{widgets("10", "50.00")}}}, subtotal: "100.00", net: "100.00"}),
		rests(b("", "two orders of two vendors", reason.WrongVendor, []simulator.SeedOrder{usual("P1"), vendor(usual("P2"), "502")}, invoice{id: "I1",
			parts: []part{{order: "P1", lines: []line{widgets("10", "50.00")}}, {order: "P2", lines: []line{widgets("10", "50.00")}}}, subtotal: "100.00", net: "100.00"}), "", true),
		b("", "something given back on an invoice", reason.NotSupported, p1,
			invoice{id: "I1", parts: of("P1", widgets("10", "50.00"), line{at: 2, part: "V-202", quantity: "-1", price: "12.50", amount: "-12.50"}), subtotal: "37.50", net: "37.50"}),
		rests(b("", "cancellation of an invoice that is not there", reason.InvoiceNotFound, p1, func() invoice { v := full("I1", "P1"); v.flags = `operation="delete"`; return v }()), parked, true),
		rests(after(b("EIDU", "the number again", reason.DuplicateInvoice, p1, func() invoice { v := full("I0", "P1"); v.payloadID = "again@audit.example"; return v }()),
			invoice{id: "I0", parts: of("P1", widgets("3", "15.00")), subtotal: "15.00", net: "15.00"}), "", true),
		after(b("", "credit of more than was billed", reason.QuantityExceedsOrder, p1,
			invoice{id: "C1", purpose: "lineLevelCreditMemo", refers: "I0", parts: of("P1", line{at: 1, part: "V-201", quantity: "-4", price: "5.00", amount: "-20.00"}), subtotal: "-20.00", net: "-20.00"}),
			invoice{id: "I0", parts: of("P1", widgets("3", "15.00")), subtotal: "15.00", net: "15.00"}),
		rests(b("", "credit of an invoice that is not there", reason.InvoiceNotFound, p1,
			invoice{id: "C1", purpose: "lineLevelCreditMemo", refers: "I0", parts: of("P1", line{at: 1, part: "V-201", quantity: "-4", price: "5.00", amount: "-20.00"}), subtotal: "-20.00", net: "-20.00"}), parked, true),
		after(b("", "credit whose total is not its lines'", reason.TotalMismatch, p1,
			invoice{id: "C1", purpose: "lineLevelCreditMemo", refers: "I0", parts: of("P1", line{at: 1, part: "V-201", quantity: "-2", price: "5.00", amount: "-10.00"}), subtotal: "-10.00", net: "-12.00"}),
			full("I0", "P1")),
		rests(b("INFO", "for information only", "", p1, func() invoice { v := full("I1", "P1"); v.flags = `isInformationOnly="yes"`; return v }()), "recorded", true),
		rests(b("INFO", "billed by receipt", "", p1, func() invoice { v := full("I1", "P1"); v.flags = `isERS="yes"`; return v }()), "recorded", true),
	}
}
