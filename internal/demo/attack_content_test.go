package demo_test

import "strings"

// contentAttacks put texts into a document that mean something to what stands behind: subjects, paths, queries, logs.
func contentAttacks() []attack {
	x := func(name string, code int, why string, changes ...string) attack {
		return attack{name: name, code: code, why: why, request: request{body: letter(changes...)}}
	}
	const opaque = "it is kept as text and used in no subject, path or query"
	long := strings.Repeat("9", 100<<10)
	id := func(s string) []string { return []string{`payloadID="@ID@"`, `payloadID="` + s + `"`} }
	order := func(s string) []string { return []string{"NOT-AN-ORDER", s} }
	quantity := func(s string) []string { return []string{`quantity="1" lineNumber`, `quantity="` + s + `" lineNumber`} }
	date := func(s string) []string { return []string{"2026-09-02T08:15:00-05:00", s} }
	return []attack{
		x("payloadID with wildcards", 200, opaque, id("inbound.*.&gt;")...),
		x("payloadID as a path", 200, opaque, id("../../../../etc/passwd")...),
		x("payloadID with line feeds", 200, opaque, id("a&#13;&#10;NATS/1.0 503&#10;")...),
		x("payloadID with blanks", 200, opaque, id(" a  b ")...),
		x("payloadID as JSON", 200, opaque, id("&quot;}],&quot;x&quot;:{&quot;")...),
		x("payloadID of 100 KB", 406, "", id(long)...),
		x("payloadID of 8 KB", 200, opaque, id(strings.Repeat("i", 8000))...),
		x("empty payloadID", 200, "the content tells a resend", id("")...),
		x("order number with wildcards", 200, opaque, order("*.&gt;")...),
		x("order number as SQL", 200, opaque, order("PO-1001' OR '1'='1' --")...),
		x("order number as a path", 200, opaque, order("../vendorBill/1?replace=item")...),
		x("order number with line feeds", 200, opaque, order("PO-1&#10;PO-2")...),
		x("order number of 100 KB", 406, "", order(long)...),
		x("order number of 8 KB", 200, opaque, order(strings.Repeat("o", 8000))...),
		x("no order number", 400, "", `orderID="NOT-AN-ORDER"`, "", `payloadID="order"`, `payloadID=""`),
		x("confirmID with wildcards", 200, opaque, `"OC-1"`, `"*.&gt;/../"`),
		x("colours in the user agent", 200, "the log escapes it", ">agent<", ">\u009b31mred\u009b0m\u0085\u2028&#10;{\"level\":\"error\"}<"),
		x("colours in the payload's name", 406, "", "<ConfirmationRequest>", "<Conf\u009b31m>"),
		x("line feed in the sender's domain", 401, "", `<Sender><Credential domain="DUNS">`, `<Sender><Credential domain="DUNS&#10;level=error">`),
		x("JSON in a comment", 200, "it is text", ">none<", ">\"}]}}\u2028{\"document\":null}<"),
		x("markup in a comment", 200, "it is text, and escaped wherever it is shown", ">none<", ">&lt;script&gt;alert(1)&lt;/script&gt;<"),
		x("a formula in a comment", 200, "it is text", ">none<", ">=cmd|' /C calc'!A0<"),
		x("an expression in a comment", 200, "expressions are read from the configuration only", ">none<", ">${jndi:ldap://x}{{.}}#{1+1}%s%n<"),
		x("too many lines", 400, "", letterItem, strings.Repeat(letterItem, 5_001)),
		x("as many lines as allowed", 200, "5,000 lines are a large order", letterItem, strings.Repeat(letterItem, 5_000)),
		x("quantity of 40 digits", 400, "", quantity(strings.Repeat("9", 40))...),
		x("quantity of 100,000 digits", 406, "", quantity(long)...),
		x("quantity with a huge exponent", 400, "", quantity("1e999999999")...),
		x("quantity with an exponent", 200, "one with 99 zeros at the most, and 34 digits in all", quantity("1E+1")...),
		x("quantity that is none", 400, "", quantity("NaN")...),
		x("infinite quantity", 400, "", quantity("Infinity")...),
		x("hexadecimal quantity", 400, "", quantity("0x10")...),
		x("negative quantity", 400, "", quantity("-1")...),
		x("ambiguous quantity", 400, "", quantity("1,000")...),
		x("quantity in other digits", 400, "", quantity("１２")...),
		x("line number beyond 64 bits", 400, "", `lineNumber="1"`, `lineNumber="99999999999999999999"`),
		x("line number 0", 400, "", `lineNumber="1"`, `lineNumber="0"`),
		x("negative line number", 400, "", `lineNumber="1"`, `lineNumber="-1"`),
		x("large line number", 200, "it is a number; the order has no such line", `lineNumber="1"`, `lineNumber="999999999999999"`),
		x("year 0", 400, "", date("0000-01-01T00:00:00Z")...),
		x("year 9999", 400, "", date("9999-12-31T23:59:59Z")...),
		x("year 100000", 400, "", date("100000-01-01T00:00:00Z")...),
		x("day that does not exist", 400, "", date("2026-02-30T00:00:00Z")...),
		x("zone that does not exist", 400, "", date("2026-09-02T08:15:00+99:99")...),
		x("date of 100 KB", 406, "", date(long)...),
		x("unknown type", 400, "", `type="accept" noticeDate`, `type="pay-now" noticeDate`),
		x("unknown status", 400, "", `quantity="1" type="accept"`, `quantity="1" type="paid"`),
		x("two headers of the confirmation", 400, "", "</ConfirmationHeader>", `</ConfirmationHeader><ConfirmationHeader confirmID="OC-2" type="reject" noticeDate="2026-09-02T08:15:00Z"/>`),
		x("two order references", 400, "", "<OrderReference ", `<OrderReference orderID="PO-1001"><DocumentReference payloadID="x"/></OrderReference><OrderReference `),
	}
}
