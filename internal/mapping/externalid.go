package mapping

import (
	"fmt"

	"counterpunch/internal/document"

	"github.com/google/uuid"
)

// ExternalID is the external id of the record made from an invoice: the business key, not the message, so that one
// invoice under two payloadIDs cannot make two bills. year is that of the invoice's date, because some suppliers start
// their numbers anew; generation is 0 until a person has a deleted record made again. It holds only characters that
// NetSuite takes in an eid: path.
func ExternalID(account, vendor, recordKind, invoiceNumber string, year, generation int) string {
	number := document.NormaliseNumber(invoiceNumber)
	key := fmt.Sprintf("%s\x00%s\x00%s\x00%s\x00%d\x00%d", account, vendor, recordKind, number, year, generation)
	return "cp-" + uuid.NewSHA1(uuid.NameSpaceOID, []byte(key)).String()
}

// OrderKey is the key under which Bill looks an order up: the normalised number, or for a reference by payloadID alone
// "payloadID " and that.
func OrderKey(r document.OrderReference) string {
	if r.OrderID != "" {
		return document.NormaliseNumber(r.OrderID)
	}
	return r.String()
}
