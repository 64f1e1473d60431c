package partner

import (
	"testing"

	"counterpunch/internal/cxml"
)

// A document as a supplier writes it: padded identity, another case of the domain, the secret on one of two credentials.
const document = `<?xml version="1.0" encoding="UTF-8"?>
<cXML payloadID="1@acme" timestamp="2026-09-02T10:00:00Z">
  <Header>
    <From><Credential domain="duns"><Identity> 111 </Identity></Credential></From>
    <To><Credential domain="NetworkId"><Identity>AN01</Identity></Credential></To>
    <Sender>
      <Credential domain="NetworkID"><Identity>AN-ACME</Identity></Credential>
      <Credential domain="DUNS"><Identity>
        111
      </Identity><SharedSecret> acme-new </SharedSecret></Credential>
      <UserAgent>test</UserAgent>
    </Sender>
  </Header>
  <Request deploymentMode="test"><ProfileRequest/></Request>
</cXML>`

func TestDocumentAsWritten(t *testing.T) {
	env, err := cxml.Parse(t.Context(), []byte(document), "", cxml.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	g, err := world(t).Authenticate(env, outside, "main")
	if err != nil {
		t.Fatalf("refused: %v (%s)", err, g.Cause)
	}
	if g.Supplier.Name != "acme" || g.Account != "sandbox" || !g.Test {
		t.Errorf("granted %s for %q, test %v", g.Supplier.Name, g.Account, g.Test)
	}
}
