package audit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/simulator"
)

// handmade is a story with what its invoice comes to.
type handmade struct {
	story
	want account
}

// byHand are invoices with odd money and what they come to, worked out on paper: the witness is itself to be witnessed.
func byHand() []handmade {
	type sums = map[string]string
	type lines = map[string][2]string
	bolt := func(at int, quantity, price, amount string) line {
		return line{at: at, part: "V-203", quantity: quantity, price: price, amount: amount}
	}
	bolts := func(price string) simulator.SeedOrder {
		return order("P1", ordered(1, "203", "50", price, "EA"), ordered(2, "203", "50", price, "EA"))
	}
	made := func(name string, o simulator.SeedOrder, inv invoice, total string, l lines, charges sums) handmade {
		inv.id = "I1"
		return handmade{story{name: name, orders: one(o), inv: inv}, account{Number: "I1", Date: "2026-09-20", Currency: "USD", Total: total, Lines: l, Whole: sums{}, Charges: charges}}
	}
	credit := made("credit with tax", bolts("0.095"),
		invoice{purpose: "lineLevelCreditMemo", refers: "I0", parts: of("P1", bolt(1, "-7", "0.095", "-0.67")), subtotal: "-0.67", charges: charges{tax: "-0.06"}, net: "-0.73"},
		"0.73", lines{"P1 line 1": {"7", "0.67"}}, sums{"tax": "0.06"})
	credit.want.Credit = true
	credit.before = []invoice{{id: "I0", parts: of("P1", bolt(1, "10", "0.095", "0.95")), subtotal: "0.95", charges: charges{tax: "0.08"}, net: "1.03"}}
	return []handmade{
		// 3 x 0.145 = 0.435, half a cent up to 0.44; no line states its amount.
		made("half a cent goes up", bolts("0.145"), invoice{parts: of("P1", bolt(1, "3", "0.145", "")), subtotal: "0.44", net: "0.44"},
			"0.44", lines{"P1 line 1": {"3", "0.44"}}, sums{}),
		// 0.435 rounded down by the supplier: what it states counts.
		made("half a cent down, as stated", bolts("0.145"), invoice{parts: of("P1", bolt(1, "3", "0.145", "0.43")), subtotal: "0.43", net: "0.43"},
			"0.43", lines{"P1 line 1": {"3", "0.43"}}, sums{}),
		// Two lines of 0.125: 0.13 each, 0.26 and not 0.25.
		made("two half cents", bolts("0.125"), invoice{parts: of("P1", bolt(1, "1", "0.125", ""), bolt(2, "1", "0.125", "")), subtotal: "0.26", net: "0.26"},
			"0.26", lines{"P1 line 1": {"1", "0.13"}, "P1 line 2": {"1", "0.13"}}, sums{}),
		// 37 at 12.90 a hundred: 4.773, 4.77.
		made("price per hundred", bolts("0.129"), invoice{parts: of("P1", line{at: 1, part: "V-203", quantity: "37", price: "12.90", basis: [2]string{"100", "1"}}), subtotal: "4.77", net: "4.77"},
			"4.77", lines{"P1 line 1": {"37", "4.77"}}, sums{}),
		// 100.00 less 7.5 % = 92.50.
		made("discount on the whole", usual("P1"), invoice{parts: of("P1", widgets("10", "50.00"), brackets("4", "50.00")), subtotal: "100.00", charges: charges{discount: "7.50"}, net: "92.50"},
			"92.50", lines{"P1 line 1": {"10", "50.00"}, "P1 line 2": {"4", "50.00"}}, sums{"discount": "-7.50"}),
		// Discount 2.00, allowance at a line 0.33 and over all 1.67: 4.00 off in all; surcharge 0.99.
		made("discount, allowances and a surcharge", usual("P1"), invoice{parts: of("P1", with(widgets("10", "50.00"), charges{less: "0.33"}), brackets("4", "50.00")), subtotal: "100.00",
			charges: charges{discount: "2.00", less: "1.67", more: "0.99"}, net: "96.99"},
			"96.99", lines{"P1 line 1": {"10", "50.00"}, "P1 line 2": {"4", "50.00"}}, sums{"discount": "-4.00", "other": "0.99"}),
		// 19 % of 50.00 = 9.50 and 7 % of 50.00 = 3.50, stated at the lines alone.
		made("two rates of VAT at the lines", usual("P1"), invoice{inLine: "Tax", parts: of("P1", with(widgets("10", "50.00"), charges{tax: "9.50"}), with(brackets("4", "50.00"), charges{tax: "3.50"})),
			subtotal: "100.00", net: "113.00"},
			"113.00", lines{"P1 line 1": {"10", "50.00"}, "P1 line 2": {"4", "50.00"}}, sums{"tax": "13.00"}),
		// VAT 13.00 on the goods, 19 % of the freight of 12.34 = 2.3446, 2.34: 15.34 in the summary.
		made("VAT on the freight", usual("P1"), invoice{inLine: "Tax", parts: of("P1", with(widgets("10", "50.00"), charges{tax: "9.50"}), with(brackets("4", "50.00"), charges{tax: "3.50"})),
			subtotal: "100.00", charges: charges{tax: "15.34", shipping: "12.34"}, net: "127.68"},
			"127.68", lines{"P1 line 1": {"10", "50.00"}, "P1 line 2": {"4", "50.00"}}, sums{"tax": "15.34", "shipping": "12.34"}),
		// 0.29 + 0.58 in binary fractions is not 0.87; 4 + 6 of one line are 10 of it.
		made("freight and crating at the lines, one line twice", usual("P1"), invoice{inLine: "Shipping SpecialHandling",
			parts:    of("P1", with(widgets("4", "20.00"), charges{shipping: "0.29", handling: "0.10"}), with(widgets("6", "30.00"), charges{shipping: "0.58", handling: "0.20"})),
			subtotal: "50.00", net: "51.17"},
			"51.17", lines{"P1 line 1": {"10", "50.00"}}, sums{"shipping": "0.87", "handling": "0.30"}),
		credit,
	}
}

func TestTheWitnessAgreesWithWhatWasWorkedOutByHand(t *testing.T) {
	var stories []story
	want := map[string]account{}
	for _, one := range byHand() {
		stories = append(stories, one.story)
		want[one.name+".xml"] = one.want
	}
	if diff := cmp.Diff(want, witness(t, stories)); diff != "" {
		t.Error(diff)
	}
}

// TestWhatWasWorkedOutByHandIsWhatIsBilled has the program say the same.
func TestWhatWasWorkedOutByHandIsWhatIsBilled(t *testing.T) {
	w := open(t, nil, simulator.Options{})
	expected := map[string]account{}
	var stories []story
	for _, one := range byHand() {
		stories = append(stories, one.story)
		expected[one.name+".xml"] = one.want
	}
	if j := w.judge(stories, expected, "b-"); j.billed != len(stories) {
		for _, one := range j.waiting {
			t.Errorf("%s: %s %v", one.name, one.posted, one.differences())
		}
	}
	w.sound()
}
