package cxml

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"counterpunch/fixtures/fixturetest"
	"counterpunch/internal/document"
	"counterpunch/schemas"
)

// beyondContent returns the warnings that are not about cXML's content models.
func beyondContent(all []document.Warning) []document.Warning {
	var other []document.Warning
	for _, w := range all {
		if w.Code != warnContent {
			other = append(other, w)
		}
	}
	return other
}

// told lists the warnings about content models in short lines.
func told(d *document.Document) []string {
	var all []string
	for _, w := range d.Warnings {
		if w.Code == warnContent {
			all = append(all, strings.TrimPrefix(w.Path, "/cXML/Request/")+": "+w.Text)
		}
	}
	return all
}

func TestDeviatingDocumentsAreAcceptedWithAWarningEach(t *testing.T) {
	const head = `<ConfirmationRequest><ConfirmationHeader type="detail" noticeDate="2026-09-01T10:00:00Z"/><OrderReference orderID="1"><DocumentReference payloadID=""/></OrderReference>`
	item := func(s string) string {
		return head + `<ConfirmationItem lineNumber="1" quantity="1">` + s + `</ConfirmationItem></ConfirmationRequest>`
	}
	const unit, status = `<UnitOfMeasure>EA</UnitOfMeasure>`, `<ConfirmationStatus type="accept" quantity="1"><UnitOfMeasure>EA</UnitOfMeasure></ConfirmationStatus>`
	for name, c := range map[string]struct {
		payload string
		want    []string
	}{
		"nothing": {payload: item(unit + status)},
		"an element that cXML does not know": {item(unit + `<Colour/>` + status),
			[]string{"ConfirmationRequest/ConfirmationItem/Colour: <Colour> may not stand in <ConfirmationItem>."}},
		"an element in the wrong place": {item(unit + status + `<Contact><Name xml:lang="en">x</Name></Contact>`),
			[]string{"ConfirmationRequest/ConfirmationItem/Contact: <Contact> stands in the wrong place in <ConfirmationItem>; it belongs after <UnitOfMeasure>."}},
		"an attribute that cXML does not know": {strings.Replace(item(unit+status), `lineNumber="1"`, `lineNumber="1" colour="red"`, 1),
			[]string{"ConfirmationRequest/ConfirmationItem/@colour: cXML knows no attribute colour of <ConfirmationItem>."}},
		"a word that cXML does not know, in what is not read": {strings.Replace(item(unit+status), `lineNumber="1"`, `lineNumber="1" itemType="set"`, 1),
			[]string{"ConfirmationRequest/ConfirmationItem/@itemType: itemType of <ConfirmationItem> is not composite, item or lean."}},
		"what another warning says is missing":       {payload: item(status)},
		"an attribute that another warning is about": {payload: strings.Replace(item(unit+status), `10:00:00Z`, `10:00:00`, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			d := mustDocument(t, c.payload)
			if diff := cmp.Diff(c.want, told(d)); diff != "" {
				t.Errorf("warnings (-want +got)\n%s\nall: %v", diff, d.Warnings)
			}
			for _, w := range d.Warnings {
				if w.Line == 0 || w.Column == 0 {
					t.Errorf("no place: %+v", w)
				}
			}
		})
	}
}

func TestDeviationsAreBounded(t *testing.T) {
	d := mustDocument(t, strings.Replace(fullConfirmation, "</ConfirmationHeader>", strings.Repeat("<Extrinsic/>", 500)+"</ConfirmationHeader>", 1))
	all := told(d)
	if len(all) != maxContentWarnings+1 || !strings.Contains(all[maxContentWarnings], "More deviations") {
		t.Errorf("%d warnings, the last %q", len(all), all[len(all)-1])
	}
}

// What a supplier puts where no value belongs may be a password.
func TestDeviationsShowNoSecrets(t *testing.T) {
	const hidden = "hunter2"
	body := strings.NewReplacer(
		`<Credential domain="DUNS"><Identity>111111111</Identity><SharedSecret>acme-secret</SharedSecret></Credential>`,
		`<Credential domain="DUNS" password="`+hidden+`">`+hidden+`<Identity>111111111</Identity><SharedSecret pin="`+hidden+`"><Money>`+hidden+`</Money></SharedSecret></Credential>`,
	).Replace(envelopeOf(fullConfirmation))
	d, err := mustParse(t, body).Document(DocumentOptions{})
	if err != nil {
		t.Fatal(problemsOf(err))
	}
	if n := len(told(d)); n != 3 {
		t.Errorf("%d warnings about the credential: %v", n, d.Warnings)
	}
	if strings.Contains(fmt.Sprint(d.Warnings), hidden) {
		t.Errorf("a warning shows what is secret: %v", d.Warnings)
	}
}

func TestFixturesDoNotDeviate(t *testing.T) {
	all := fixturetest.All(t)
	for _, f := range all {
		e, err := Parse(t.Context(), f.Body, "", Limits{})
		if err != nil {
			continue
		}
		if d, err := e.Document(DocumentOptions{}); err == nil && len(told(d)) > 0 {
			t.Errorf("%s: %v", f.File, told(d))
		}
	}
}

// BenchmarkContentTables reports what the comparison with the content tables costs, in percent of Parse and Document
// without it.
func BenchmarkContentTables(b *testing.B) {
	for name, body := range map[string][]byte{"confirmation": confirmationOf7KB(), "invoice": invoiceOf26KB()} {
		b.Run(fmt.Sprintf("%s-%dKB", name, len(body)/1024), func(b *testing.B) {
			var whole, check time.Duration
			for b.Loop() {
				started := time.Now()
				e, err := Parse(b.Context(), body, "", Limits{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := e.Document(DocumentOptions{}); err != nil {
					b.Fatal(err)
				}
				whole += time.Since(started)
				started = time.Now()
				for range schemas.Content().Check(e.root, func(e *etree.Element) bool { return isSecret(e.Tag) }) {
				}
				check += time.Since(started)
			}
			b.ReportMetric(100*float64(check)/float64(whole-check), "%-of-parse")
			b.ReportMetric(float64(check.Microseconds())/float64(b.N), "µs-check")
		})
	}
}
