package delivery

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/mapping"
	"counterpunch/internal/queue"
)

// visit is an invoice over two hours of work that nobody ordered.
func visit(number string) *document.Document {
	d := invoice("", number, 2)
	d.Invoice.Orders[0].Order = document.OrderReference{}
	d.Invoice.Orders[0].Items[0].Item = document.Item{Description: "Site visit"}
	d.Invoice.Orders[0].Items[0].LineNumber = 0
	return d
}

func inEuro(d *document.Document) *document.Document {
	inv := d.Invoice
	for _, money := range []*document.Money{&inv.Summary.Subtotal, inv.Summary.Net, inv.Orders[0].Items[0].UnitPrice, inv.Orders[0].Items[0].Subtotal} {
		money.Currency = "EUR"
	}
	return d
}

// expenses lets the account bill on account 613 what names no order.
func expenses(t *testing.T, change ...func(*mapping.Config)) func(*Options) {
	t.Helper()
	c := mapping.Default()
	c.ExpenseAccount = "613"
	c.Currencies = map[string][]string{"USD": {"1"}, "EUR": {"4"}}
	for _, f := range change {
		f(&c)
	}
	m, err := mapping.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return func(o *Options) { o.Accounts[0].Mapper = m }
}

func TestAnInvoiceWithoutAnOrderBecomesAnExpenseBill(t *testing.T) {
	w := newWorld(t, 1, 2)
	w.start(expenses(t))
	ids := w.send(visit("I-1"), inEuro(visit("I-2")))
	w.applied(ids...)
	books := w.sound()
	currencies := map[string]string{}
	for _, b := range books.VendorBills {
		currencies[b.TranID] = b.Fields["currency"]
		if b.Vendor != "501" || b.Total != "10.00" || len(b.Items) != 0 || len(b.Expenses) != 1 || b.Expenses[0].Fields["account"] != "613" {
			t.Errorf("the bill is %+v", b)
		}
		if want := mapping.ExternalID("main", "501", vendorBill, b.TranID, 2026, 0); b.ExternalID != want {
			t.Errorf("bill %s has the external id %s, want %s", b.TranID, b.ExternalID, want)
		}
	}
	if len(currencies) != 2 || currencies["I-1"] != "1" || currencies["I-2"] != "4" {
		t.Errorf("the bills are in the currencies %v", currencies)
	}
	for _, id := range ids {
		last := w.history(id)[len(w.history(id))-1]
		if last.Calls != 3 || len(last.Effects) != 1 {
			t.Errorf("%d calls and the effects %+v, want a look for the number and a write that is read back", last.Calls, last.Effects)
		}
	}
	again := visit("I-1")
	w.ends(w.send(again)[0], queue.StateDeadLettered, "duplicate-invoice")
}

func TestAnExpenseBillWhoseAnswerIsLostIsNotMadeTwice(t *testing.T) {
	w := newWorld(t, 1, 1)
	var lost atomic.Bool
	w.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/vendorBill") && lost.CompareAndSwap(false, true) {
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(rw, r)
	})
	w.start(expenses(t))
	w.applied(w.send(visit("I-1"))...)
	if b := w.sound(); len(b.VendorBills) != 1 || !lost.Load() {
		t.Errorf("%d bills", len(b.VendorBills))
	}
}

func TestAnExpenseBillInAnotherCurrencyIsHeld(t *testing.T) {
	w := newWorld(t, 1, 1)
	// Without an id for the euro NetSuite takes the vendor's currency.
	w.start(expenses(t, func(c *mapping.Config) { c.Currencies = nil }))
	w.ends(w.send(inEuro(visit("I-1")))[0], queue.StateDeadLettered, "created-differently")
	if b := w.sound(); len(b.VendorBills) != 1 || b.VendorBills[0].Fields["paymentHold"] != "true" {
		t.Errorf("the bills are %+v", b.VendorBills)
	}
}

func TestAnInvoiceWithoutAnOrderWaitsForAPerson(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(*Options)
		says   string
	}{
		{"no account for it", func(*Options) {}, "bill.expense_account"},
		{"two vendors", func(o *Options) {
			expenses(t)(o)
			o.Accounts[0].Vendors = func(string) []string { return []string{"501", "502"} }
		}, "2 vendors"},
		{"no vendor", func(o *Options) {
			expenses(t)(o)
			o.Accounts[0].Vendors = func(string) []string { return nil }
		}, "0 vendors"},
	} {
		t.Run(c.what, func(t *testing.T) {
			w := newWorld(t, 1, 1)
			w.start(c.change)
			st := w.ends(w.send(visit("I-1"))[0], queue.StateDeadLettered, "order-reference-missing")
			if !strings.Contains(st.Detail, c.says) {
				t.Errorf("the detail is %q, want %q in it", st.Detail, c.says)
			}
			if b := w.netsuite.Books(); b.TotalCalls != 0 {
				t.Errorf("%d calls", b.TotalCalls)
			}
		})
	}
}
