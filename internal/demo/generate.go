package demo

import (
	"bytes"
	"embed"
	"encoding/xml"
	"fmt"
	"strings"
	"text/template"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/secret"
	"counterpunch/internal/simulator"
)

//go:embed templates/*.xml
var templates embed.FS

// Sender is the supplier that generated documents come from, and the buyer that they go to.
type Sender struct {
	Domain, Identity           string
	Secret                     secret.Value
	BuyerDomain, BuyerIdentity string
}

// Acme is the supplier acme of the demonstration's configuration, whose vendor is 501.
func Acme() Sender {
	return Sender{
		Domain: "DUNS", Identity: "111111111", Secret: secret.New("acme-secret"),
		BuyerDomain: "NetworkID", BuyerIdentity: "AN01000000001",
	}
}

// Generated is a document made for an order, as bytes of cXML with what it comes to.
type Generated struct {
	Body   []byte
	Number string // confirmID or invoiceID
	Total  string // with two places
}

// sent is when generated documents say that they were written, so that the same order always gives the same bytes.
var sent = time.Date(2026, 9, 2, 8, 15, 0, 0, time.UTC)

// OrderConfirmation returns the confirmation by which the supplier accepts every line of the order as it was ordered.
func OrderConfirmation(s Sender, o simulator.SeedOrder) (Generated, error) {
	return generate("confirmation.xml", s, o, "OC-"+o.TranID, sent)
}

// Invoice returns the invoice of every line of the order at the order's price, without tax or other charges.
func Invoice(s Sender, o simulator.SeedOrder) (Generated, error) {
	return generate("invoice.xml", s, o, "INV-"+o.TranID, sent.Add(24*time.Hour))
}

// generatedLine is an order line with its amount.
type generatedLine struct {
	simulator.SeedLine
	Amount string
}

func generate(name string, s Sender, o simulator.SeedOrder, number string, at time.Time) (Generated, error) {
	lines, total, err := amounts(o)
	if err != nil {
		return Generated{}, fmt.Errorf("generate %s for order %s: %w", name, o.TranID, err)
	}
	t, err := template.New(name).Funcs(template.FuncMap{"xml": escape}).ParseFS(templates, "templates/*.xml")
	if err != nil {
		return Generated{}, fmt.Errorf("read the template %s: %w", name, err)
	}
	var body bytes.Buffer
	err = t.ExecuteTemplate(&body, name, struct {
		Sender
		Password, PayloadID, Number, Order, Time, Total string
		Lines                                           []generatedLine
	}{s, s.Secret.Reveal(), number + "@generated.example", number, o.TranID, at.Format(time.RFC3339), total, lines})
	if err != nil {
		return Generated{}, fmt.Errorf("generate %s for order %s: %w", name, o.TranID, err)
	}
	return Generated{Body: body.Bytes(), Number: number, Total: total}, nil
}

func amounts(o simulator.SeedOrder) (lines []generatedLine, total string, err error) {
	var sum document.Decimal
	for _, l := range o.Items {
		quantity, err := document.ParseDecimal(l.Quantity)
		if err != nil {
			return nil, "", fmt.Errorf("line %d: quantity: %w", l.Line, err)
		}
		rate, err := document.ParseDecimal(l.Rate)
		if err != nil {
			return nil, "", fmt.Errorf("line %d: rate: %w", l.Line, err)
		}
		amount := quantity.Mul(rate)
		sum = sum.Add(amount)
		lines = append(lines, generatedLine{l, money(amount)})
	}
	return lines, money(sum), nil
}

// money writes an amount with at least two places, as suppliers do.
func money(d document.Decimal) string {
	text := d.Canonical()
	whole, fraction, _ := strings.Cut(text, ".")
	return whole + "." + fraction + strings.Repeat("0", max(0, 2-len(fraction)))
}

func escape(text string) (string, error) {
	var b strings.Builder
	err := xml.EscapeText(&b, []byte(text))
	return b.String(), err
}
