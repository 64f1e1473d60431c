package demo_test

import (
	"bytes"
	"fmt"
	"strings"
)

// xmlAttacks try what XML parsers have been broken with. trap is an address that must not be visited.
func xmlAttacks(trap string) []attack {
	subset := func(s string) string { return "<!DOCTYPE cXML [" + s + "]>" }
	var laughs strings.Builder
	laughs.WriteString(`<!ENTITY l0 "ha">`)
	for i := 1; i < 12; i++ {
		fmt.Fprintf(&laughs, `<!ENTITY l%d "%s">`, i, strings.Repeat(fmt.Sprintf("&l%d;", i-1), 10))
	}
	var spaces strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&spaces, ` xmlns:n%d="u:%d"`, i, i)
	}
	x := func(name string, code int, why string, changes ...string) attack {
		return attack{name: name, code: code, why: why, request: request{body: letter(changes...)}}
	}
	return []attack{
		x("external entity, file", 406, "", letterDoctype, subset(`<!ENTITY x SYSTEM "file:///etc/passwd">`), ">none<", ">&x;<"),
		x("external entity, http", 406, "", letterDoctype, subset(`<!ENTITY x SYSTEM "`+trap+`/x">`), ">none<", ">&x;<"),
		x("parameter entity", 406, "", letterDoctype, subset(`<!ENTITY % x SYSTEM "`+trap+`/x.dtd"> %x;`)),
		x("external DTD", 200, "a DOCTYPE's address is never visited", "http://xml.cxml.org/schemas/cXML/1.2.069/Fulfill.dtd", trap+"/x.dtd"),
		x("external DTD, file", 200, "likewise", "http://xml.cxml.org/schemas/cXML/1.2.069/Fulfill.dtd", "file:///dev/zero"),
		x("external DTD with a subset", 406, "", letterDoctype, `<!DOCTYPE cXML SYSTEM "`+trap+`" [<!ENTITY a "b">]>`),
		x("schemaLocation", 200, "an address in an attribute is never visited", `version="1.2.069"`,
			`version="1.2.069" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="u `+trap+`/x.xsd"`),
		x("XInclude", 200, "text of an unknown element in Comments, never included", ">none<", `><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="`+trap+`/x"/><`),
		x("billion laughs", 406, "", letterDoctype, subset(laughs.String()), ">none<", ">&l11;<"),
		x("quadratic blow-up", 406, "", letterDoctype, subset(`<!ENTITY x "`+strings.Repeat("a", 50_000)+`">`), ">none<", ">"+strings.Repeat("&x;", 50_000)+"<"),
		x("undeclared entity", 406, "", ">none<", ">&nbsp;<"),
		x("entity in an attribute", 406, "", `"OC-1"`, `"&x;"`),
		x("deep nesting", 406, "", ">none<", ">"+strings.Repeat("<a>", 100_000)+strings.Repeat("</a>", 100_000)+"<"),
		x("deep nesting without an end", 406, "", ">none<", ">"+strings.Repeat("<a>", 1_000_000)+"<"),
		x("nesting one too deep", 406, "", ">none<", ">"+strings.Repeat("<a>", 60)+strings.Repeat("</a>", 60)+"<"),
		x("many elements", 406, "", ">none<", ">"+strings.Repeat("<a/>", 300_000)+"<"),
		x("wide attributes", 406, "", "<Comments>", "<Comments"+wide(100_000)+">"),
		x("long element name", 406, "", ">none<", "><"+strings.Repeat("a", 1<<20)+"/><"),
		x("long attribute name", 406, "", "<Comments>", "<Comments "+strings.Repeat("a", 1<<20)+"='1'>"),
		x("long attribute", 406, "", `"OC-1"`, `"`+strings.Repeat("a", 1<<20)+`"`),
		x("huge text", 406, "", ">none<", ">"+strings.Repeat("a", 4<<20)+"<"),
		x("too large", 400, "", ">none<", ">"+strings.Repeat("a", 6<<20)+"<"),
		x("many comments", 200, "comments say nothing and cost little", ">none<", ">none"+strings.Repeat("<!---->", 200_000)+"<"),
		x("bad comment", 406, "", ">none<", "><!-- a -- b --><"),
		x("tags in CDATA", 200, "they are text, of a comment", ">none<", "><![CDATA[</ConfirmationRequest><InvoiceDetailRequest>]]><"),
		x("CDATA without an end", 406, "", ">none<", "><![CDATA[<"),
		x("end of CDATA in text", 406, "", ">none<", ">]]><"),
		x("text around a comment in a number", 406, "", `quantity="1" lineNumber`, `quantity="1<!-- -->0" lineNumber`),
		x("many namespaces", 406, "", `version="1.2.069"`, `version="1.2.069"`+spaces.String()),
		x("payload of another namespace", 450, "", "<ConfirmationRequest>", `<x:ConfirmationRequest xmlns:x="u">`, "</ConfirmationRequest>", "</x:ConfirmationRequest>"),
		x("undeclared prefix", 450, "", "<ConfirmationRequest>", `<x:ConfirmationRequest>`, "</ConfirmationRequest>", "</x:ConfirmationRequest>"),
		x("processing instruction", 406, "", ">none<", "><?php echo 1 ?><"),
		x("style sheet", 406, "", letterDoctype, `<?xml-stylesheet href="`+trap+`"?>`),
		x("two declarations", 406, "", letterDoctype, `<?xml version="1.0"?>`),
		x("version 1.1", 406, "", `<?xml version="1.0"`, `<?xml version="1.1"`),
		x("standalone", 200, "there is nothing that a DTD could add", `"UTF-8"?>`, `"UTF-8" standalone="yes"?>`),
		x("standalone neither yes nor no", 406, "", `"UTF-8"?>`, `"UTF-8" standalone="maybe"?>`),
		x("two doctypes", 406, "", letterDoctype, letterDoctype+letterDoctype),
		x("doctype after the root", 406, "", "</cXML>", "</cXML>"+letterDoctype),
		x("two roots", 406, "", "</cXML>", "</cXML><cXML/>"),
		x("text after the root", 406, "", "</cXML>", "</cXML>x"),
		x("attribute twice", 406, "", `confirmID="OC-1"`, `confirmID="OC-1" confirmID="OC-2"`),
		x("payloadID twice", 406, "", `payloadID="@ID@"`, `payloadID="@ID@" payloadID="other"`),
		x("crossing tags", 406, "", ">none<", "><a><b></a></b><"),
		x("tags without names", 406, "", ">none<", "><></><"),
		{name: "empty body", code: 406, request: request{}},
		{name: "blanks", code: 406, request: request{body: bytes.Repeat([]byte(" "), 1<<20)}},
		{name: "JSON", code: 406, request: request{body: []byte(`{"cXML":{}}`)}},
		{name: "only brackets", code: 406, request: request{body: bytes.Repeat([]byte("<"), 4<<20)}},
		{name: "only a declaration", code: 406, request: request{body: []byte(`<?xml version="1.0"?>`)}},
		{name: "only a doctype", code: 406, request: request{body: []byte(letterDoctype)}},
		{name: "a cut document", code: 406, request: request{body: letter()[:900]}},
		{name: "an HTML page", code: 406, request: request{body: []byte("<!DOCTYPE html><html><body>503</body></html>")}},
		{name: "a SOAP envelope", code: 406, request: request{body: []byte(`<soap:Envelope xmlns:soap="u"><soap:Body/></soap:Envelope>`)}},
	}
}

func wide(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a%d='1'", i)
	}
	return b.String()
}

// charsetAttacks try to make two readers see different characters.
func charsetAttacks() []attack {
	plain := string(letter(">none<", ">caf\u00e9<"))
	labelled := func(label string) []byte { return []byte(strings.Replace(plain, `"UTF-8"`, `"`+label+`"`, 1)) }
	x := func(name string, code int, why string, body []byte) attack {
		return attack{name: name, code: code, why: why, request: request{body: body}}
	}
	latin := bytes.ReplaceAll(letter(`"UTF-8"`, `"ISO-8859-1"`, ">none<", ">caf@<"), []byte("@<"), []byte("\xe9<"))
	both := utf16Of([]byte(plain), true, true)
	half := append(utf16Of(letter(), false, true), 0xd8)
	lone := bytes.Replace(utf16Of(letter(">none<", ">\u4e01<"), true, true), []byte{0x4e, 0x01}, []byte{0xd8, 0x01}, 1)
	ebcdic := []byte{0x4c, 0x6f, 0xa7, 0x94, 0x93, 0x40, 0xa5, 0x85, 0x99, 0xa2, 0x89, 0x96, 0x95, 0x7e, 0x7f, 0xf1, 0x4b, 0xf0, 0x7f, 0x6f, 0x6e}
	httpSays := func(name string, code int, why, charset string, body []byte) attack {
		return attack{name: name, code: code, why: why, request: request{contentType: "text/xml; charset=" + charset, body: body}}
	}
	return []attack{
		x("UTF-7", 406, "", labelled("UTF-7")),
		x("UTF-7 marks", 406, "", append([]byte("+/v8-"), plain...)),
		x("an unknown charset", 406, "", labelled("x-user-defined")),
		x("EBCDIC", 406, "", ebcdic),
		x("EBCDIC label", 406, "", labelled("IBM037")),
		x("UTF-16 label on UTF-8", 200, "the label survived a conversion; there is one way to read it", []byte(strings.Replace(string(letter(">none<", ">caf\u00e9 16<")), `"UTF-8"`, `"UTF-16"`, 1))),
		x("UTF-16 without mark", 200, "it shows itself by its zero bytes", utf16Of(letter(">none<", ">bare<"), false, false)),
		x("UTF-16 cut in half a character", 406, "", half),
		x("half a surrogate in UTF-16", 406, "", lone),
		x("UTF-32", 406, "", append([]byte{0, 0, 0xfe, 0xff}, plain...)),
		x("UTF-16 after the mark of UTF-8", 406, "", append([]byte("\xef\xbb\xbf"), both...)),
		x("two marks", 406, "", append([]byte("\xef\xbb\xbf\xef\xbb\xbf"), plain...)),
		x("mark of the other order", 406, "", append([]byte{0xff, 0xfe}, both[2:]...)),
		x("overlong UTF-8", 406, "", letter(">none<", ">\xc0\xbca/\xc0\xbe<")),
		x("surrogates in UTF-8", 406, "", letter(">none<", ">\xed\xa0\xbd\xed\xb8\x80<")),
		x("cut UTF-8", 406, "", letter(">none<", ">\xe2\x82<")),
		x("beyond Unicode", 406, "", letter(">none<", ">\xf4\x90\x80\x80<")),
		x("NUL", 406, "", letter(">none<", ">a\x00b<")),
		x("NUL in a name", 406, "", letter("<Comments>", "<Comm\x00ents>")),
		x("escape character", 406, "", letter(">none<", ">\x1b[31m<")),
		x("NUL by reference", 406, "", letter(">none<", ">&#0;<")),
		x("control character by reference", 406, "", letter(">none<", ">&#x1B;<")),
		x("a character that is none by reference", 406, "", letter(">none<", ">&#xFFFF;&#xD800;<")),
		x("a character that is none", 406, "", letter(">none<", ">\uffff<")),
		x("ISO-8859-1", 200, "it is declared", latin),
		httpSays("HTTP charset against the declaration", 200, "the bytes bear the declaration out", "iso-8859-1", []byte(strings.Replace(plain, "2026-09-02T08", "2026-09-03T08", 1))),
		httpSays("UTF-8 promised, Latin-1 sent", 406, "", "utf-8", letter(`encoding="UTF-8"`, "", ">none<", ">caf\xe9<")),
		httpSays("unknown HTTP charset", 406, "", "utf-7", letter(">none<", ">http charset<")),
	}
}
