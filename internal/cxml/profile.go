package cxml

import (
	"bytes"
	"fmt"
	"time"
)

// Profile is the answer to a ProfileRequest, by which senders learn what is supported and where to post it.
type Profile struct {
	PayloadID string    // of the answer itself; "" makes one
	Timestamp time.Time // zero means now
	Effective time.Time // since when this profile holds
	URL       string    // where every kind of request is posted
}

// profileRequests lists the requests that are served.
var profileRequests = []string{"ProfileRequest", "ConfirmationRequest", "ShipNoticeRequest", "InvoiceDetailRequest"}

// ProfileResponse returns the answer to a ProfileRequest as a valid cXML document in UTF-8.
func ProfileResponse(p Profile) []byte {
	var b bytes.Buffer
	openAnswer(&b, p.PayloadID, p.Timestamp)
	writeStatus(&b, StatusOK, "")
	fmt.Fprintf(&b, `    <ProfileResponse effectiveDate="%s">`+"\n", p.Effective.UTC().Format(time.RFC3339))
	for _, name := range profileRequests {
		fmt.Fprintf(&b, `      <Transaction requestName="%s"><URL>%s</URL></Transaction>`+"\n", name, escape(p.URL))
	}
	b.WriteString("    </ProfileResponse>\n")
	closeAnswer(&b)
	return b.Bytes()
}
