package order_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"counterpunch/internal/document"
	"counterpunch/internal/order"

	"github.com/google/go-cmp/cmp"
)

const (
	accept      = document.StatusAccept
	detail      = document.StatusDetail
	allDetail   = document.StatusAllDetail
	backordered = document.StatusBackordered
	reject      = document.StatusReject
	unknown     = document.StatusUnknown
	toPay       = document.StatusRequestToPay
)

// said is the part of a line that the table compares: status, confirmed quantity, * for that of the order.
func said(l order.LineState) string {
	parts := []string{l.Status}
	if l.Whole {
		parts = append(parts, "*")
	}
	for _, q := range l.Confirmed {
		parts = append(parts, q.Value.Canonical()+q.Unit)
	}
	return strings.Join(parts, " ")
}

func TestConfirmationTypes(t *testing.T) {
	first := confirm("first", 1, document.ConfirmDetail, item(1, status(detail, "3")), item(2, status(backordered, "5")))
	tests := []struct {
		name string
		docs []*document.Document
		want map[int]string // line 9 is mentioned nowhere
	}{
		{"accept speaks for every line", []*document.Document{confirm("a", 2, document.ConfirmAccept)},
			map[int]string{1: "accept *", 9: "accept *"}},
		{"accept clears earlier ones", []*document.Document{first, confirm("a", 2, document.ConfirmAccept)},
			map[int]string{1: "accept *", 2: "accept *"}},
		{"an earlier accept clears nothing", []*document.Document{first, confirm("a", 0, document.ConfirmAccept)},
			map[int]string{1: "detail 3EA", 2: "backordered", 9: "accept *"}},
		{"accept counts its lines, not its type", []*document.Document{confirm("a", 2, document.ConfirmAccept, item(2, status(reject, "5")))},
			map[int]string{1: "accept *", 2: "reject"}},
		{"except accepts what it does not mention", []*document.Document{first, confirm("a", 2, document.ConfirmExcept, item(2, status(detail, "4")))},
			map[int]string{1: "accept *", 2: "detail 4EA", 9: "accept *"}},
		{"reject speaks for every line", []*document.Document{first, confirm("a", 2, document.ConfirmReject)},
			map[int]string{1: "reject *", 2: "reject *", 9: "reject *"}},
		{"replace clears and says nothing of other lines", []*document.Document{confirm("z", 0, document.ConfirmAccept), first, confirm("a", 2, document.ConfirmReplace, item(2, status(detail, "4")))},
			map[int]string{1: "", 2: "detail 4EA", 9: ""}},
		{"backordered without items speaks for every line", []*document.Document{first, confirm("a", 2, document.ConfirmBackordered)},
			map[int]string{1: "backordered *", 9: "backordered *"}},
		{"backordered with items speaks for them", []*document.Document{first, confirm("a", 2, document.ConfirmBackordered, item(1, status(backordered, "3")))},
			map[int]string{1: "backordered", 2: "backordered", 9: ""}},
		{"detail keeps other lines", []*document.Document{first, confirm("a", 2, document.ConfirmDetail, item(2, status(accept, "5")))},
			map[int]string{1: "detail 3EA", 2: "accept 5EA", 9: ""}},
		{"allDetail keeps other lines and counts as detail", []*document.Document{first, confirm("a", 2, document.ConfirmAllDetail, item(2, status(allDetail, "5")))},
			map[int]string{1: "detail 3EA", 2: "detail 5EA", 9: ""}},
		{"allDetail and detail are one status", []*document.Document{confirm("a", 2, document.ConfirmAllDetail, item(1, status(allDetail, "5"), status(detail, "1")))},
			map[int]string{1: "detail 6EA"}},
		{"unknown resets a line", []*document.Document{first, confirm("a", 2, document.ConfirmDetail, item(1, status(unknown, "3")))},
			map[int]string{1: "", 2: "backordered"}},
		{"unknown resets a line of an accepted order", []*document.Document{confirm("z", 0, document.ConfirmAccept), confirm("a", 2, document.ConfirmDetail, item(1, status(unknown, "3")))},
			map[int]string{1: "", 2: "accept *"}},
		{"unknown beside another status is left out", []*document.Document{confirm("a", 2, document.ConfirmDetail, item(1, status(unknown, "3"), status(accept, "2")))},
			map[int]string{1: "accept 2EA"}},
		{"request to pay states nothing", []*document.Document{first, confirm("a", 2, document.ConfirmRequestToPay, item(1, status(toPay, "3")))},
			map[int]string{1: "detail 3EA", 2: "backordered"}},
		{"a status requestToPay leaves its line", []*document.Document{first, confirm("a", 2, document.ConfirmDetail, item(1, status(toPay, "3")))},
			map[int]string{1: "detail 3EA", 2: "backordered"}},
		{"a split line lists its quantities", []*document.Document{confirm("a", 2, document.ConfirmDetail, item(1, status(backordered, "4"), status(accept, "3"), status(accept, "3.0")))},
			map[int]string{1: "accept 6; backordered 4 6EA"}},
		{"a line in two items is one line", []*document.Document{confirm("a", 2, document.ConfirmDetail, item(1, status(accept, "6")), item(1, status(reject, "4")))},
			map[int]string{1: "accept 6; reject 4 6EA"}},
		{"the same line number written otherwise is the same line", []*document.Document{first, confirm("a", 2, document.ConfirmDetail, item(1, status(reject, "3")))},
			map[int]string{1: "reject"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := ledger(test.docs...).Fold()
			for line, want := range test.want {
				if got := said(s.Line(line)); got != want {
					t.Errorf("line %d is %q, want %q", line, got, want)
				}
			}
		})
	}
}

func TestUpdateReplacesItsConfirmationWhole(t *testing.T) {
	s := ledger(
		confirm("C1", 1, document.ConfirmDetail, item(1, status(accept, "10")), item(2, status(accept, "5"))),
		with(confirm("C1", 2, document.ConfirmDetail, item(2, status(reject, "5"))), func(d *document.Document) {
			d.PayloadID = "pay-C1-2"
			d.OrderConfirmation.Operation = document.OperationUpdate
		}),
	).Fold()
	if got := said(s.Line(1)); got != "" {
		t.Errorf("line 1 is %q, want nothing: the update no longer has it", got)
	}
	if got := said(s.Line(2)); got != "reject" {
		t.Errorf("line 2 is %q, want reject", got)
	}
}

func TestLineValues(t *testing.T) {
	portion := func(typ document.LineStatus, quantity, price string, ship, delivery int) document.ConfirmationStatus {
		s := status(typ, quantity)
		if price != "" {
			s.UnitPrice = usd(price)
		}
		if ship > 0 {
			s.ShipmentDate = on(ship)
		}
		if delivery > 0 {
			s.DeliveryDate = on(delivery)
		}
		return s
	}
	s := ledger(confirm("C1", 1, document.ConfirmDetail,
		item(1, portion(accept, "6", "5.00", 3, 5), portion(detail, "4", "5.0", 7, 9), portion(reject, "1", "9", 1, 30)),
		item(2, portion(accept, "6", "5.00", 0, 0), portion(accept, "4", "4.50", 0, 0)),
		item(3, portion(accept, "6", "5.00", 0, 0), portion(accept, "4", "", 0, 0)),
	)).Fold()

	one := s.Line(1)
	if one.Price == nil || !one.Price.Amount.Equal(document.MustDecimal("5")) {
		t.Errorf("price of line 1 is %v, want 5", one.Price)
	}
	if !one.ShipDate.Equal(day(3)) || !one.DeliveryDate.Equal(day(9)) {
		t.Errorf("dates of line 1 are %v and %v, want the earliest shipment and latest delivery of what is coming", one.ShipDate, one.DeliveryDate)
	}
	for _, n := range []int{2, 3} {
		if p := s.Line(n).Price; p != nil {
			t.Errorf("price of line %d is %v, want none: its portions do not agree", n, p)
		}
	}
	if want := "accept 6 EA at 5.00 USD; accept 4 EA at 4.50 USD"; s.Line(2).Comments != want {
		t.Errorf("comments of line 2 are %q, want %q", s.Line(2).Comments, want)
	}
}

func TestCommentsAreReadableAndBounded(t *testing.T) {
	st := status(accept, "6")
	st.Comments = []document.Comment{{Text: "from  stock\n"}, {Text: "from stock"}, {Text: "thank you"}}
	st.UnitPrice, st.Substitute = usd("4"), &document.Item{SupplierPartID: "W-2"}
	long := status(reject, "1")
	long.Comments = []document.Comment{{Text: strings.Repeat("ä", 400)}}
	s := ledger(confirm("C1", 1, document.ConfirmDetail, item(1, st, status(backordered, "4")), item(2, long))).Fold()

	if want := "accept 6 EA at 4 USD; backordered 4 EA; substitute W-2; from stock; thank you"; s.Line(1).Comments != want {
		t.Errorf("comments of line 1 are %q, want %q", s.Line(1).Comments, want)
	}
	if want := "accept 6 EA at 4 USD; backordered 4 EA; from stock; thank you"; s.Line(1).CommentsWith(nil) != want {
		t.Errorf("comments of line 1 when W-2 was ordered are %q, want %q", s.Line(1).CommentsWith(nil), want)
	}
	if got := s.Line(2).Comments; utf8.RuneCountInString(got) != order.CommentRunes || !strings.HasSuffix(got, "…") {
		t.Errorf("comments of line 2 have %d runes and end in %q", utf8.RuneCountInString(got), got[len(got)-5:])
	}
}

func TestRejectionReasonStandsAtEveryLine(t *testing.T) {
	d := confirm("C1", 1, document.ConfirmReject)
	d.OrderConfirmation.Comments = []document.Comment{{Text: "discontinued"}}
	if got := ledger(d).Fold().Line(4).Comments; got != "discontinued" {
		t.Errorf("comments are %q, want the reason", got)
	}
}

func TestHeaderIsTheLatestLiveConfirmation(t *testing.T) {
	full := confirm("C1", 3, document.ConfirmAccept)
	full.OrderConfirmation.Tax = &document.Tax{Amount: *usd("4.25")}
	full.OrderConfirmation.Shipping = &document.Charge{Amount: *usd("7")}
	full.OrderConfirmation.Total = usd("61.25")
	s := ledger(full, confirm("C0", 2, document.ConfirmAccept), confirm("C9", 9, document.ConfirmRequestToPay)).Fold()
	want := &order.Header{DocumentID: "pay-C1", Number: "C1", Date: day(3), Tax: usd("4.25"), Shipping: usd("7"), Total: usd("61.25")}
	if diff := cmp.Diff(want, s.Confirmation); diff != "" {
		t.Error(diff)
	}
}

func TestUnitsAreKeptApart(t *testing.T) {
	box := document.ConfirmationStatus{Type: accept, Quantity: document.Quantity{Value: document.MustDecimal("2"), Unit: "BX"}}
	l := ledger(confirm("C1", 1, document.ConfirmDetail, item(1, status(accept, "6"), box, status(reject, "1")))).Fold().Line(1)
	if want := "accept 2 BX; accept 6 EA; reject 1 EA"; l.Status != want {
		t.Errorf("status is %q, want %q", l.Status, want)
	}
	if got := said(l); !strings.HasSuffix(got, "2BX 6EA") {
		t.Errorf("confirmed is %q, want 2BX and 6EA", got)
	}
}

func TestAPriceThatIsNotTheLinesIsLeftWithTheItem(t *testing.T) {
	st := status(accept, "6")
	st.Substitute = &document.Item{SupplierPartID: "W-2", UnitPrice: usd("10"), PriceBasis: &document.PriceBasis{Quantity: ea("50"), ConversionFactor: document.NewDecimal(1)}}
	if p := ledger(confirm("C1", 1, document.ConfirmDetail, item(1, st))).Fold().Line(1).Price; p != nil {
		t.Errorf("the price of fifty, %v, is the line's", p)
	}
}
