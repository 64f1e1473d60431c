package delivery

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"counterpunch/internal/queue"
)

// particulars are what tells documents with the same cause apart: numbers, and words with a digit in them such as order
// numbers, ids and amounts.
var particulars = regexp.MustCompile(`\S*[0-9]\S*`)

// cause returns the fingerprint of why a document waits: equal for documents that one remedy is likely to help. It is made
// of the account, the reason, the class of the error and NetSuite's words, or else our own with the supplier, whose
// documents they are about.
func cause(r queue.Record) string {
	text, supplier := r.NetSuite, ""
	if text == "" {
		text, supplier = r.Detail, r.Supplier
	}
	text = strings.Join(strings.Fields(particulars.ReplaceAllString(text, "#")), " ")
	sum := sha256.Sum256([]byte(strings.Join([]string{r.Account, string(r.Reason), cmp.Or(r.Class, "none"), supplier, text}, "\x00")))
	const enough = 6 // bytes: the causes of an installation are some hundreds
	return hex.EncodeToString(sum[:enough])
}
