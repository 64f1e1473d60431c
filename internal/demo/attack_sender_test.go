package demo_test

import (
	"fmt"
	"strings"
	"time"
)

// senderAttacks try to sign in as somebody else.
func senderAttacks() []attack {
	x := func(name string, code int, why string, changes ...string) attack {
		return attack{name: name, code: code, why: why, request: request{body: letter(changes...)}}
	}
	credential := func(domain, identity, rest string) string {
		return `<Credential domain="` + domain + `"><Identity>` + identity + `</Identity>` + rest + `</Credential>`
	}
	secret := func(s string) string { return "<SharedSecret>" + s + "</SharedSecret>" }
	now := time.Now().UTC()
	at := func(d time.Duration) string { return now.Add(d).Format(time.RFC3339) }
	created, expires := at(-time.Hour), at(time.Hour)
	good := macOf("acme-secret", created, expires)
	return []attack{
		x("no secret", 401, "", letterSecret, ""),
		x("empty secret", 401, "", letterSecret, secret("")),
		x("wrong secret", 401, "", letterSecret, secret("acme-secre")),
		x("secret in upper case", 401, "", letterSecret, secret("ACME-SECRET")),
		x("another supplier's secret", 401, "", letterSecret, secret("globex-secret")),
		x("secret in CDATA", 200, "CDATA is a way to write text", letterSecret, secret("<![CDATA[acme-secret]]>")),
		x("secret by references", 200, "so are references", letterSecret, secret("&#97;cme&#45;secret")),
		x("unknown sender", 401, "", letterSender, credential("DUNS", "999999999", letterSecret)),
		x("sender in another domain", 401, "", letterSender, credential("NetworkID", "111111111", letterSecret)),
		x("two credentials, the secret at the unknown one", 401, "", letterSender, credential("DUNS", "111111111", "")+credential("DUNS", "999999999", letterSecret)),
		x("two credentials, the secret at the known one", 200, "an unknown credential beside the own one names the same sender", letterSender, letterSender+credential("NetworkID", "AN999", "")),
		x("two suppliers, one secret", 401, "", letterSender, letterSender+credential("DUNS", "222222222", "")),
		x("two suppliers, secrets crossed", 401, "", letterSender, credential("DUNS", "111111111", secret("globex-secret"))+credential("DUNS", "222222222", secret("acme-secret"))),
		x("two suppliers, both secrets", 401, "", letterSender, letterSender+credential("DUNS", "222222222", secret("globex-secret"))),
		x("the own secret right, then wrong", 401, "", letterSender, letterSender+credential("DUNS", "111111111", secret("x"))),
		x("SharedSecret twice", 400, "", letterSecret, letterSecret+secret("x")),
		x("Identity twice", 400, "", "<Identity>111111111</Identity>"+letterSecret, "<Identity>222222222</Identity><Identity>111111111</Identity>"+letterSecret),
		x("identity in pieces", 401, "", "<Identity>111111111</Identity>"+letterSecret, "<Identity>111<x>222</x>111</Identity>"+letterSecret),
		x("identity with a wildcard", 401, "", "<Identity>111111111</Identity>"+letterSecret, "<Identity>*</Identity>"+letterSecret),
		x("identity with a subject's wildcard", 401, "", "<Identity>111111111</Identity>"+letterSecret, "<Identity>main.&gt;</Identity>"+letterSecret),
		x("secret in From", 401, "", letterFrom, "<From>"+letterSender+"</From>", letterSender+"<UserAgent>", credential("DUNS", "111111111", "")+"<UserAgent>"),
		x("secret outside its credential", 401, "", letterSender+"<UserAgent>", credential("DUNS", "111111111", "")+letterSecret+"<UserAgent>"),
		x("credential inside a credential", 401, "", letterSender+"<UserAgent>", credential("DUNS", "222222222", letterSender)+"<UserAgent>"),
		x("sender inside From", 400, "", letterFrom, "<From>"+credential("DUNS", "111111111", "")+"<Sender>"+letterSender+"</Sender></From>", "<Sender>"+letterSender+"<UserAgent>agent</UserAgent></Sender>\n</Header>", "</Header>"),
		x("two Senders", 400, "", "</Header>", "<Sender>"+credential("DUNS", "222222222", secret("globex-secret"))+"</Sender></Header>"),
		x("two Headers", 400, "", "<Request ", "<Header/><Request "),
		x("no Header", 400, "", "<Header>", "<Heading>", "</Header>", "</Heading>"),
		x("no From", 400, "", letterFrom, ""),
		x("From without credentials", 400, "", letterFrom, "<From/>"),
		x("From names another supplier", 403, "", letterFrom, "<From>"+credential("DUNS", "222222222", "")+"</From>"),
		x("From names itself and another supplier", 403, "", "</Credential></From>", "</Credential>"+credential("DUNS", "222222222", "")+"</From>"),
		x("From names a stranger", 403, "", letterFrom, "<From>"+credential("DUNS", "999999999", "")+"</From>"),
		x("To names nobody known", 400, "", letterTo, "<To>"+credential("NetworkID", "AN09", "")+"</To>"),
		x("To names the supplier", 400, "", letterTo, "<To>"+credential("DUNS", "111111111", "")+"</To>"),
		x("To with wildcards", 400, "", letterTo, "<To>"+credential("*", "&gt;", "")+"</To>"),
		x("a thousand credentials", 400, "", letterSender, strings.Repeat(letterSender, 1_000)),
		x("a MAC", 200, "it is right and still valid", letterSecret, macElement("HMAC-SHA1-96", created, expires, good)),
		x("MAC with another creation date", 401, "", letterSecret, macElement("HMAC-SHA1-96", at(-2*time.Hour), expires, good)),
		x("MAC with a later expiration date", 401, "", letterSecret, macElement("HMAC-SHA1-96", created, at(48*time.Hour), good)),
		x("MAC with dates written differently", 401, "", letterSecret, macElement("HMAC-SHA1-96", strings.Replace(created, "Z", "+00:00", 1), expires, good)),
		x("expired MAC", 401, "", letterSecret, macElement("HMAC-SHA1-96", created, at(-time.Minute), macOf("acme-secret", created, at(-time.Minute)))),
		x("MAC that expires on no date", 401, "", letterSecret, macElement("HMAC-SHA1-96", created, "never", macOf("acme-secret", created, "never"))),
		x("MAC of another algorithm", 401, "", letterSecret, macElement("none", created, expires, good)),
		x("MAC with the empty key", 401, "", letterSecret, macElement("HMAC-SHA1-96", created, expires, macOf("", created, expires))),
		x("MAC with another supplier's key", 401, "", letterSecret, macElement("HMAC-SHA1-96", created, expires, macOf("globex-secret", created, expires))),
		x("MAC over another From", 401, "", letterFrom, "<From>"+credential("DUNS", "222222222", "")+"</From>", letterSecret, macElement("HMAC-SHA1-96", created, expires, good)),
		x("MAC as shared secret", 401, "", letterSecret, secret(good)),
		x("empty MAC", 401, "", letterSecret, macElement("HMAC-SHA1-96", created, expires, "")),
		x("two MACs", 400, "", letterSecret, strings.Repeat(macElement("HMAC-SHA1-96", created, expires, good), 2)),
		x("a signature instead of a secret", 401, "", letterSecret, `<DigitalSignature type="PK7 self-contained" encoding="Base64">AAAA</DigitalSignature>`),
	}
}

// routeAttacks hide the payload, or name accounts that are none.
func routeAttacks() []attack {
	x := func(name string, code int, why string, changes ...string) attack {
		return attack{name: name, code: code, why: why, request: request{body: letter(changes...)}}
	}
	to := func(name, path string, code int, why string) attack {
		return attack{name: name, code: code, why: why, request: request{path: path, body: letter(">none<", ">"+fmt.Sprintf("%x", name)+"<")}}
	}
	return []attack{
		x("confirmation inside an approval", 450, "", "<ConfirmationRequest>", "<ApprovalRequest><ConfirmationRequest>", "</ConfirmationRequest>", "</ConfirmationRequest></ApprovalRequest>"),
		x("confirmation beside an approval", 400, "", "<ConfirmationRequest>", "<ApprovalRequest/><ConfirmationRequest>"),
		x("two confirmations", 400, "", "</ConfirmationRequest>", "</ConfirmationRequest><ConfirmationRequest/>"),
		x("two Requests", 400, "", "</Request>", "</Request><Request><ConfirmationRequest/></Request>"),
		x("Request in a Request", 450, "", "<ConfirmationRequest>", "<Request><ConfirmationRequest>", "</ConfirmationRequest>", "</ConfirmationRequest></Request>"),
		x("payload in a Response", 400, "", "<Request deploymentMode=\"production\">", "<Response>", "</Request>", "</Response>"),
		x("Response beside the Request", 400, "", "</Request>", `</Request><Response><Status code="200" text="OK"/></Response>`),
		x("Message", 450, "", "<Request deploymentMode=\"production\">", "<Message>", "</Request>", "</Message>"),
		x("empty Request", 400, "", "<ConfirmationRequest>", "<!--", "</ConfirmationRequest>", "-->"),
		x("cXML inside another root", 406, "", "<cXML ", "<Combined><cXML ", "</cXML>", "</cXML></Combined>"),
		x("an order request", 450, "", "<ConfirmationRequest>", "<OrderRequest>", "</ConfirmationRequest>", "</OrderRequest>"),
		x("payload in another case", 450, "", "<ConfirmationRequest>", "<confirmationrequest>", "</ConfirmationRequest>", "</confirmationrequest>"),
		x("unknown deploymentMode", 400, "", `"production"`, `"staging"`),
		x("test in another case", 200, "a test is checked, and stored nowhere", `"production"`, `"TEST"`),
		to("account ..", "/cxml/..", 400, ""),
		to("account ../main", "/cxml/../main", 400, ""),
		to("account with a slash", "/cxml/..%2f..%2fmain", 400, ""),
		to("account *", "/cxml/*", 403, ""),
		to("account >", "/cxml/%3e", 403, ""),
		to("account with a blank", "/cxml/ma%20in", 403, ""),
		to("account with a line feed", "/cxml/main%0d%0aX-Injected:%201", 403, ""),
		to("account with NUL", "/cxml/main%00", 403, ""),
		to("account in invalid UTF-8", "/cxml/%ff%fe", 403, ""),
		to("account of 20 KB", "/cxml/"+strings.Repeat("a", 20<<10), 403, ""),
		to("account with a tail", "/cxml/main/x", 400, ""),
		to("account in another case", "/cxml/MAIN", 403, ""),
		to("empty account", "/cxml/", 200, "a slash too many means the same as without"),
		to("two slashes", "//cxml", 200, "likewise"),
		to("the right account", "/cxml/main", 200, "the URL names the account that To names"),
		to("another page", "/admin", 400, ""),
	}
}
