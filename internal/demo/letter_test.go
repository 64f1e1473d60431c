package demo_test

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// letterForm is a confirmation of an order that does not exist, as acme sends it.
const letterForm = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.069/Fulfill.dtd">
<cXML payloadID="@ID@" timestamp="2026-09-02T08:15:04-05:00" version="1.2.069" xml:lang="en-US">
<Header>
<From><Credential domain="DUNS"><Identity>111111111</Identity></Credential></From>
<To><Credential domain="NetworkID"><Identity>AN01000000001</Identity></Credential></To>
<Sender><Credential domain="DUNS"><Identity>111111111</Identity><SharedSecret>acme-secret</SharedSecret></Credential><UserAgent>agent</UserAgent></Sender>
</Header>
<Request deploymentMode="production">
<ConfirmationRequest>
<ConfirmationHeader confirmID="OC-1" type="accept" noticeDate="2026-09-02T08:15:00-05:00"><Comments>none</Comments></ConfirmationHeader>
<OrderReference orderID="NOT-AN-ORDER"><DocumentReference payloadID="order"/></OrderReference>
<ConfirmationItem quantity="1" lineNumber="1"><UnitOfMeasure>EA</UnitOfMeasure><ConfirmationStatus quantity="1" type="accept"><UnitOfMeasure>EA</UnitOfMeasure></ConfirmationStatus></ConfirmationItem>
</ConfirmationRequest>
</Request>
</cXML>
`

// Parts of letterForm that tests change.
const (
	letterDoctype = `<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.069/Fulfill.dtd">`
	letterSecret  = `<SharedSecret>acme-secret</SharedSecret>`
	letterSender  = `<Credential domain="DUNS"><Identity>111111111</Identity>` + letterSecret + `</Credential>`
	letterFrom    = `<From><Credential domain="DUNS"><Identity>111111111</Identity></Credential></From>`
	letterTo      = `<To><Credential domain="NetworkID"><Identity>AN01000000001</Identity></Credential></To>`
	letterItem    = `<ConfirmationItem quantity="1" lineNumber="1"><UnitOfMeasure>EA</UnitOfMeasure><ConfirmationStatus quantity="1" type="accept"><UnitOfMeasure>EA</UnitOfMeasure></ConfirmationStatus></ConfirmationItem>`
)

// letter returns letterForm with changes, pairs of what stands there and what shall. Different changes have different
// payloadIDs.
func letter(changes ...string) []byte {
	s := letterForm
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(s, changes[i]) {
			panic("the letter does not contain " + changes[i])
		}
		s = strings.Replace(s, changes[i], changes[i+1], 1)
	}
	sum := sha256.Sum256([]byte(s))
	return []byte(strings.Replace(s, "@ID@", hex.EncodeToString(sum[:8])+"@acme.example", 1))
}

// macOf is a CredentialMac of the letter's Sender over its From, as the cXML Reference Guide computes it.
func macOf(key, created, expires string) string {
	h := hmac.New(sha1.New, []byte(key))
	for _, s := range []string{"duns", "111111111", "duns", "111111111", created, expires} {
		h.Write(append([]byte(s), 0))
	}
	return base64.StdEncoding.EncodeToString(h.Sum(nil)[:12])
}

// macElement is a CredentialMac element.
func macElement(algorithm, created, expires, value string) string {
	return `<CredentialMac type="FromSenderCredentials" algorithm="` + algorithm + `" creationDate="` + created + `" expirationDate="` + expires + `">` + value + `</CredentialMac>`
}

func zipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b) // a buffer takes every write
	_ = z.Close()
	return out.Bytes()
}
