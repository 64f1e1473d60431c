package operations

import (
	"errors"
	"fmt"
	"strings"

	"counterpunch/internal/queue"
)

// Operations is what one person does with one installation.
type Operations struct {
	queue  *queue.Queue
	author string
}

// New returns the operations of an author.
func New(q *queue.Queue, author string) (*Operations, error) {
	author = strings.TrimSpace(author)
	if author == "" {
		return nil, errors.New("who does it is not known: give the name of a person")
	}
	return &Operations{queue: q, author: author}, nil
}

// Author returns whose operations they are.
func (o *Operations) Author() string { return o.author }

// decision returns a decision of the author about a document as it was looked at.
func (o *Operations) decision(s queue.Status, note string) queue.Decision {
	return queue.Decision{Actor: o.author, Note: note, Sequence: s.Sequence}
}

// maxNote bounds a reason in bytes. It stands in a header of each message that it is about.
const maxNote = 4000

// checkNote refuses a reason that is too long.
func checkNote(what, note string) error {
	if len(note) > maxNote {
		return fmt.Errorf("%s: the reason has %d bytes: give at most %d", what, len(note), maxNote)
	}
	return nil
}

// needNote refuses a decision without a reason.
func needNote(what, note string) error {
	if strings.TrimSpace(note) == "" {
		return fmt.Errorf("%s: give a reason, which stays in the history", what)
	}
	return checkNote(what, note)
}
