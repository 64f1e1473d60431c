package order

import (
	"cmp"
	"time"

	"counterpunch/internal/document"
)

// Version orders the statements about one order. It is made of what the document itself says, so that the order of
// arrival, and the number of times a document is replayed, cannot matter.
type Version struct {
	NoticeDate time.Time          `json:"noticeDate"`
	Operation  document.Operation `json:"operation,omitempty"`
	Timestamp  time.Time          `json:"timestamp,omitzero"` // of the envelope; zero when it has none
	DocumentID string             `json:"documentID"`         // breaks the last tie
}

// Compare returns -1, 0 or 1 as v is older than, the same as or newer than w: by notice date, then operation (many
// suppliers repeat the date when they update or delete), then the envelope's timestamp, then the document id.
func (v Version) Compare(w Version) int {
	return cmp.Or(
		v.NoticeDate.Compare(w.NoticeDate),
		cmp.Compare(rank(v.Operation), rank(w.Operation)),
		v.Timestamp.Compare(w.Timestamp),
		cmp.Compare(v.DocumentID, w.DocumentID),
	)
}

func rank(o document.Operation) int {
	switch o {
	case document.OperationUpdate:
		return 1
	case document.OperationDelete:
		return 2
	}
	return 0
}
