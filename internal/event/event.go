package event

import (
	"strings"
	"time"

	"github.com/google/uuid"

	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
)

// Event is an accepted document with what is known of its origin.
type Event struct {
	ID       string // document id, see DocumentID
	Account  string // the NetSuite account that it is for
	Supplier string // the configured supplier that sent it
	Kind     document.Kind
	Subject  string    // number of the first purchase order; empty when the document names none
	Time     time.Time // when it was received
	// PayloadID is the envelope's; empty when the supplier sent none.
	PayloadID string
	// PayloadHash is the hex SHA-256 of the canonical payload element. It is fixed at first intake: an edit does not change it.
	PayloadHash  string
	PartitionKey string // see PartitionKey
	TraceParent  string // W3C trace context of the intake
	TraceState   string
	// DataRef names the object that holds what is left out of Data because of its size; empty when nothing is.
	DataRef string
	Data    Data
}

// Data is the body of the event.
type Data struct {
	Document *document.Document `json:"document"`
	Original cxml.Original      `json:"original"`
	// Attachments are the other parts of the supplier's message, in its order; left out when there are none.
	Attachments []Attachment `json:"attachments,omitempty"`
}

// Attachment is a file that came with the document. The file itself is in the object store.
type Attachment struct {
	// ContentID is what the document refers to with cid:, without angle brackets; empty when the part has none.
	ContentID string `json:"contentID,omitempty"`
	Name      string `json:"name,omitempty"`      // of the file, without a path; empty when the supplier gives none
	MediaType string `json:"mediaType,omitempty"` // such as application/pdf; corrected where the supplier's says nothing
	Size      int64  `json:"size"`                // bytes that are kept
	SHA256    string `json:"sha256"`              // hex, over the bytes that are kept: without secrets, should the file be a cXML document
	Ref       string `json:"ref"`                 // name in the object store: attachment/ and the hash
}

// namespace is the UUID namespace of document ids. Changing it would make every known document a new one.
var namespace = uuid.MustParse("6f0d8c1e-7b52-5c0a-9a4e-2d1f3b7c5e90")

// DocumentID returns the id of a document: a UUIDv5 of the account, the supplier, the kind and the payloadID, or the
// payload hash where payloadID is "": the supplier sends none, or is configured with identity content because it uses one
// payloadID for several documents. The same document sent again has the same id.
func DocumentID(account, supplier string, kind document.Kind, payloadID, payloadHash string) string {
	// NUL cannot occur in XML text nor in configured names, so no two different inputs are joined to the same name.
	name := []string{account, supplier, string(kind), "payload", payloadID}
	if payloadID == "" {
		name = []string{account, supplier, string(kind), "hash", payloadHash}
	}
	return uuid.NewSHA1(namespace, []byte(strings.Join(name, "\x00"))).String()
}

// Key returns the id without dashes, as it stands in subjects.
func Key(id string) string { return strings.ReplaceAll(id, "-", "") }

// FromKey returns the id that Key was given; text that is no key is returned as it is.
func FromKey(key string) string {
	id, err := uuid.Parse(key)
	if err != nil {
		return key
	}
	return id.String()
}

// PartitionKey returns what decides the document's lane: the normalised number of its first order, so that documents of
// one order follow each other. Without an order it is the supplier with the invoice that the document refers to, or with
// its own number, so that an invoice and its credit memo meet.
func PartitionKey(d *document.Document, supplier string) string {
	if orders := d.Orders(); len(orders) > 0 {
		if orders[0].OrderID != "" {
			return document.NormaliseNumber(orders[0].OrderID)
		}
		return supplier + "/" + orders[0].PayloadID
	}
	number := d.Number()
	if d.Invoice != nil && d.Invoice.Refers != nil && d.Invoice.Refers.InvoiceID != "" {
		number = d.Invoice.Refers.InvoiceID
	}
	return supplier + "/" + document.NormaliseNumber(number)
}
