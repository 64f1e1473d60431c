package cxml

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"
)

// grown returns a confirmation or an invoice of about the size of a usual one.
func grown(lines int, line func(n int) string, before, after string) []byte {
	var b strings.Builder
	for n := 1; n <= lines; n++ {
		b.WriteString(line(n))
	}
	return []byte(envelopeOf(before + b.String() + after))
}

func confirmationOf7KB() []byte {
	head, rest, _ := strings.Cut(fullConfirmation, "<ConfirmationItem")
	item := "<ConfirmationItem" + strings.TrimSuffix(rest, "</ConfirmationRequest>")
	return grown(4, func(n int) string {
		return strings.Replace(item, `"00010"`, fmt.Sprintf(`"%d"`, n), 1)
	}, head, "</ConfirmationRequest>")
}

func invoiceOf26KB() []byte {
	head, rest, _ := strings.Cut(fullInvoice, " <InvoiceDetailItem ")
	item, rest, _ := strings.Cut(rest, "</InvoiceDetailItem>")
	return grown(10, func(n int) string {
		return strings.Replace(" <InvoiceDetailItem "+item+"</InvoiceDetailItem>\n", `invoiceLineNumber="1"`, fmt.Sprintf(`invoiceLineNumber="%d"`, 100+n), 1)
	}, head, rest)
}

func BenchmarkParseAndDocument(b *testing.B) {
	for name, body := range map[string][]byte{"confirmation": confirmationOf7KB(), "invoice": invoiceOf26KB()} {
		b.Run(fmt.Sprintf("%s-%dKB", name, len(body)/1024), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				e, err := Parse(context.Background(), body, "", Limits{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := e.Document(DocumentOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		// The floor: reading the tokens with the standard library and doing nothing with them.
		b.Run(fmt.Sprintf("%s-%dKB-tokens", name, len(body)/1024), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				d := xml.NewDecoder(bytes.NewReader(body))
				for {
					if _, err := d.Token(); err == io.EOF {
						break
					} else if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
		b.Run(fmt.Sprintf("%s-%dKB-hash-and-original", name, len(body)/1024), func(b *testing.B) {
			e, err := Parse(context.Background(), body, "", Limits{})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				e.PayloadHash()
				e.Original()
			}
		})
	}
}
