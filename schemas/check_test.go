package schemas

import (
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"
)

func nothing(*etree.Element) bool { return false }

// sentences checks a fragment and returns what is said of it.
func sentences(t *testing.T, xml string) []string {
	t.Helper()
	s := parseSample("fragment", []byte(xml))
	if s.root == nil {
		t.Fatalf("%s is not well-formed", xml)
	}
	var all []string
	for d := range Content().Check(s.root, nothing) {
		all = append(all, d.Text)
	}
	return all
}

func TestDeviationsAreToldInSentences(t *testing.T) {
	const money, description = `<Money currency="USD">1</Money>`, `<Description xml:lang="en">d</Description>`
	for name, c := range map[string]struct {
		xml  string
		want []string
	}{
		"nothing":              {`<Tax>` + money + description + `</Tax>`, nil},
		"missing in the end":   {`<Tax>` + money + `</Tax>`, []string{"<Tax> has no <Description>, which cXML requires."}},
		"missing before":       {`<Tax>` + description + `</Tax>`, []string{"<Tax> has no <Money> before <Description>."}},
		"two missing":          {`<InvoiceDetailHeaderOrder/>`, []string{"<InvoiceDetailHeaderOrder> has no <InvoiceDetailOrderInfo>, which cXML requires."}},
		"three missing":        {`<InvoiceDetailSummary/>`, []string{"<InvoiceDetailSummary> is not complete; <SubtotalAmount> has to follow."}},
		"too often":            {`<GrossAmount>` + money + money + `</GrossAmount>`, []string{"<Money> stands too often in <GrossAmount>."}},
		"in the wrong place":   {`<Tax>` + description + money + `</Tax>`, []string{"<Description> stands in the wrong place in <Tax>; it belongs after <Money>."}},
		"of the other kind":    {`<AdditionalCost>` + money + `<Percentage percent="1"/></AdditionalCost>`, []string{"<Percentage> may not stand here in <AdditionalCost>; nothing more may."}},
		"unknown":              {`<GrossAmount>` + money + `<Bogus/><Tip/></GrossAmount>`, []string{"<Bogus> may not stand in <GrossAmount>.", "<Tip> may not stand in <GrossAmount>."}},
		"unknown and missing":  {`<GrossAmount><Bogus/></GrossAmount>`, []string{"<Bogus> may not stand in <GrossAmount>.", "<GrossAmount> has no <Money>, which cXML requires."}},
		"unknown in a text":    {`<Comments>x<b>y</b></Comments>`, []string{"<b> may not stand in <Comments>."}},
		"text between":         {`<GrossAmount>about ` + money + `</GrossAmount>`, []string{"<GrossAmount> holds text; only elements may stand in it."}},
		"not empty":            {`<DocumentReference payloadID=""> </DocumentReference>`, []string{"<DocumentReference> has to be empty."}},
		"attribute missing":    {`<Description>d</Description>`, []string{"<Description> has no attribute xml:lang, which cXML requires."}},
		"attribute unknown":    {`<DocumentReference payloadID="" id="1"/>`, []string{"cXML knows no attribute id of <DocumentReference>."}},
		"attribute in capital": {`<DocumentReference PayloadID=""/>`, []string{"The attribute PayloadID of <DocumentReference> is written payloadID in cXML."}},
		"a namespace":          {`<DocumentReference xmlns="urn:x" payloadID=""/>`, []string{"cXML uses no namespaces; leave xmlns out."}},
		"the XML namespace":    {`<Name xml:lang="en" xmlns:xml="http://www.w3.org/XML/1998/namespace">n</Name>`, nil},
		"a word of none":       {`<Request deploymentMode="Test"/>`, []string{"deploymentMode of <Request> is not production or test.", "<Request> has no <ConfirmationRequest>, <ShipNoticeRequest> or <InvoiceDetailRequest>, which cXML requires."}},
		"no number":            {`<Percentage percent="5 %"/>`, []string{"percent of <Percentage> is not a number such as 1250.50."}},
		"no number as text":    {`<Money currency="USD">1,000</Money>`, []string{"The text of <Money> is not a number such as 1250.50."}},
		"text with blanks":     {"<Money currency=\"USD\">\n  1000 </Money>", nil},
		"no currency":          {`<Money currency="Eur">1</Money>`, []string{"currency of <Money> is not a currency code of three capital letters such as USD."}},
		"no date":              {`<Period startDate="2026-09-01" endDate="2026-09-30T00:00:00Z"/>`, []string{"startDate of <Period> is not a date with time and zone such as 2006-01-02T15:04:05-07:00."}},
		"within the unknown":   {`<Hazard><Description>d</Description></Hazard>`, []string{"<Description> has no attribute xml:lang, which cXML requires."}},
		"within anything":      {`<Extrinsic name="x"><any><Money currency="USD"/></any></Extrinsic>`, []string{"The text of <Money> is not a number such as 1250.50."}},
		"very many":            {`<Sender>` + strings.Repeat(`<Credential domain="d"><Identity/></Credential>`, maxTried+1) + `</Sender>`, []string{"<Sender> is not complete."}},
		"after very many":      {`<From>` + strings.Repeat(`<Credential domain="d"><Identity/></Credential>`, maxTried+1) + `<Correspondent/><Correspondent/></From>`, []string{"<Correspondent> may not stand here in <From>."}},
		"a prefix":             {`<cx:GrossAmount xmlns:cx="urn:x"><cx:Bogus/></cx:GrossAmount>`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, sentences(t, c.xml)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestDeviationsPointAtTheirPlace(t *testing.T) {
	root := parseSample("", []byte(`<Tax><Description xml:lang="en">d</Description></Tax>`)).root
	for d := range Content().Check(root, nothing) {
		if d.Element.Tag != "Tax" || d.At.Tag != "Description" || d.Name != "Money" || d.Lexical {
			t.Errorf("%+v", d)
		}
	}
	root = parseSample("", []byte(`<Percentage percent="x"/>`)).root
	for d := range Content().Check(root, nothing) {
		if d.At != root || d.Attr != "percent" || d.Value != "x" || !d.Lexical {
			t.Errorf("%+v", d)
		}
	}
}

func TestCheckStopsWhenNoMoreIsWanted(t *testing.T) {
	root := parseSample("", []byte(`<From>`+strings.Repeat("<Bogus/>", 50)+`<Credential/></From>`)).root
	n := 0
	for range Content().Check(root, nothing) {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d deviations", n)
	}
}

func TestCheckLeavesTheOpaqueAlone(t *testing.T) {
	root := parseSample("", []byte(`<Credential domain="d"><Identity>i</Identity><SharedSecret><Money>hidden</Money></SharedSecret></Credential>`)).root
	for d := range Content().Check(root, func(e *etree.Element) bool { return e.Tag == "SharedSecret" }) {
		t.Errorf("%+v", d)
	}
	table, err := loadTable(fstest.MapFS{"t/one.txt": {Data: []byte("Secret = text number\n")}}, "t")
	if err != nil {
		t.Fatal(err)
	}
	for d := range table.Check(parseSample("", []byte("<Secret>hidden</Secret>")).root, func(*etree.Element) bool { return true }) {
		t.Errorf("%+v", d)
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range fixtureSamples(f) {
		d := etree.NewDocumentWithRoot(s.root.Copy())
		text, err := d.WriteToBytes()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d := etree.NewDocument()
		d.ReadSettings.MaxDepth = 64
		if err := d.ReadFromBytes(body); err != nil || d.Root() == nil {
			return
		}
		for v := range Content().Check(d.Root(), nothing) {
			if v.Element == nil || v.At == nil || v.Text == "" || v.At != v.Element && v.At.Parent() != v.Element {
				t.Fatalf("%+v", v)
			}
			if utf8.Valid(body) && !utf8.ValidString(v.Text) {
				t.Fatalf("%q is not UTF-8", v.Text)
			}
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	var roots []*etree.Element
	elements := 0
	for _, s := range fixtureSamples(b) {
		roots = append(roots, s.root)
		elements += 1 + len(s.root.FindElements(".//*"))
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, root := range roots {
			for range Content().Check(root, nothing) {
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*elements), "ns/element")
}
