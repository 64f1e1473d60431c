package operations

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/queue"
)

// The errors of corrections.
var (
	// ErrUnchanged means that a correction changes nothing.
	ErrUnchanged = errors.New("nothing is changed")
	// ErrInvalid means that the corrected document is not one.
	ErrInvalid = errors.New("the corrected document is not valid")
	// ErrSamePerson means that the author of a correction cannot agree to it.
	ErrSamePerson = errors.New("a second person has to agree")
)

// Edit corrects a dead letter: body is its whole normalised document as JSON, as it should be. A correction that says
// nothing new of amounts, quantities, vendors, orders or numbers is replayed at once; any other is proposed, and replayed
// when a second person approves it. What was received stays in the archive. A proposal takes the place of an earlier one.
func (o *Operations) Edit(ctx context.Context, id string, body []byte, note string) (queue.Edit, error) {
	if err := needNote("correct document "+id, note); err != nil {
		return queue.Edit{}, err
	}
	l, err := o.queue.Letter(ctx, id)
	if err != nil {
		return queue.Edit{}, err
	}
	e, err := o.correction(l, body, note)
	if err != nil {
		return queue.Edit{}, fmt.Errorf("correct document %s: %w", id, err)
	}
	former, err := o.queue.Edits().Get(ctx, id, e.Sequence)
	switch {
	case err == nil:
		e.Revision = former.Revision
	case !errors.Is(err, queue.ErrNotFound):
		return queue.Edit{}, err
	}
	if e.Revision, err = o.queue.Edits().Save(ctx, e); err != nil {
		return queue.Edit{}, err
	}
	if needsSecond(e.Changes) {
		return e, nil
	}
	return o.replayEdit(ctx, e, "")
}

// Compare returns what a corrected document would change of a dead letter, and whether that needs a second person.
func (o *Operations) Compare(ctx context.Context, id string, body []byte) ([]queue.EditChange, bool, error) {
	l, err := o.queue.Letter(ctx, id)
	if err != nil {
		return nil, false, err
	}
	e, err := o.correction(l, body, "")
	if err != nil {
		return nil, false, fmt.Errorf("correct document %s: %w", id, err)
	}
	return e.Changes, needsSecond(e.Changes), nil
}

// correction returns what a corrected document changes of a letter.
func (o *Operations) correction(l queue.Letter, body []byte, note string) (queue.Edit, error) {
	was := l.Event.Data.Document
	if was == nil {
		return queue.Edit{}, fmt.Errorf("%w: what was received could not be read, so there is nothing to correct", ErrInvalid)
	}
	d, err := readDocument(body, l.Event.Kind)
	switch {
	case err != nil:
		return queue.Edit{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	case d.Kind != was.Kind:
		return queue.Edit{}, fmt.Errorf("%w: it must stay of kind %s", ErrInvalid, was.Kind)
	case d.PayloadID != was.PayloadID:
		return queue.Edit{}, fmt.Errorf("%w: its payloadID must stay %q, by which it is known", ErrInvalid, was.PayloadID)
	}
	changes, err := diff(was, d)
	if err != nil {
		return queue.Edit{}, err
	}
	if len(changes) == 0 {
		return queue.Edit{}, ErrUnchanged
	}
	s := l.Status()
	return queue.Edit{
		DocumentID: s.ID, Account: s.Account, Supplier: s.Supplier, Kind: s.Kind, Number: s.Number, Sequence: s.Sequence,
		Author: o.author, Note: note, Time: time.Now().UTC(), Changes: changes, Document: d, State: queue.EditProposed,
	}, nil
}

// Proposal returns the correction of a document that waits for a second person, or queue.ErrNotFound.
func (o *Operations) Proposal(ctx context.Context, id string) (queue.Edit, error) {
	s, err := o.queue.Status(ctx, id)
	if err != nil {
		return queue.Edit{}, err
	}
	e, err := o.queue.Edits().Get(ctx, s.ID, s.Sequence)
	if err == nil && (e.State != queue.EditProposed || s.State != queue.StateDeadLettered) {
		err = fmt.Errorf("no correction of document %s waits for a second person: %w", id, queue.ErrNotFound)
	}
	return e, err
}

// Approve replays a proposed correction as it was looked at. The author of it cannot: ErrSamePerson.
func (o *Operations) Approve(ctx context.Context, e queue.Edit) (queue.Edit, error) {
	switch {
	case e.State != queue.EditProposed || e.Document == nil:
		return e, fmt.Errorf("approve the correction of document %s: it is %s: %w", e.DocumentID, e.State, ErrState)
	case strings.EqualFold(e.Author, o.author):
		return e, fmt.Errorf("approve the correction of document %s: it is %s's own: %w", e.DocumentID, e.Author, ErrSamePerson)
	}
	now, err := o.queue.Edits().Get(ctx, e.DocumentID, e.Sequence)
	switch {
	case err != nil:
		return e, err
	case now.Revision != e.Revision:
		return e, fmt.Errorf("approve the correction of document %s: %w", e.DocumentID, queue.ErrChanged)
	}
	return o.replayEdit(ctx, e, o.author)
}

// replayEdit replays a correction and keeps that it was.
func (o *Operations) replayEdit(ctx context.Context, e queue.Edit, approver string) (queue.Edit, error) {
	l, err := o.queue.Letter(ctx, e.DocumentID)
	if err != nil {
		return e, first(err)
	}
	d := queue.Decision{Actor: e.Author, Approver: approver, Note: e.Note, Sequence: e.Sequence}
	data := event.Data{Document: e.Document, Original: l.Event.Data.Original, Attachments: l.Event.Data.Attachments}
	if _, err := o.queue.ReplayEdited(ctx, e.DocumentID, data, d); err != nil {
		return e, first(err)
	}
	e.Decide(queue.EditReplayed, approver)
	// The history has it; what is missing here if this fails is filled in when corrections are listed.
	if e.Revision, err = o.queue.Edits().Save(ctx, e); err != nil && !errors.Is(err, queue.ErrChanged) {
		return e, fmt.Errorf("document %s was replayed: %w", e.DocumentID, err)
	}
	return e, nil
}

// Reject ends a proposed correction; the dead letter stays. Its author may reject it, too.
func (o *Operations) Reject(ctx context.Context, e queue.Edit, note string) (queue.Edit, error) {
	if err := needNote("reject the correction of document "+e.DocumentID, note); err != nil {
		return e, err
	}
	if e.State != queue.EditProposed {
		return e, fmt.Errorf("reject the correction of document %s: it is %s: %w", e.DocumentID, e.State, ErrState)
	}
	e.Decide(queue.EditRejected, o.author)
	e.Decision = note
	var err error
	e.Revision, err = o.queue.Edits().Save(ctx, e)
	return e, err
}

// Edits returns the corrections, newest first: those that wait for a second person, or all of them.
func (o *Operations) Edits(ctx context.Context, all bool) ([]queue.Edit, error) {
	edits, err := o.queue.Edits().List(ctx)
	if err != nil {
		return nil, err
	}
	for i, e := range edits {
		if e.State != queue.EditProposed {
			continue
		}
		if edits[i], err = o.overtaken(ctx, e); err != nil {
			return nil, err
		}
	}
	if !all {
		edits = slices.DeleteFunc(edits, func(e queue.Edit) bool { return e.State != queue.EditProposed })
	}
	return edits, nil
}

// overtaken ends a proposal whose document has gone on, and returns it as it is then.
func (o *Operations) overtaken(ctx context.Context, e queue.Edit) (queue.Edit, error) {
	s, err := o.queue.Status(ctx, e.DocumentID)
	if err != nil || s.Sequence == e.Sequence {
		return e, err
	}
	state, by := queue.EditOvertaken, ""
	sequence, d, err := o.queue.Successor(ctx, e.DocumentID, e.Sequence)
	switch {
	case err != nil:
		return e, err
	case sequence != 0 && d.Actor == e.Author && d.Note == e.Note && d.Approver != "":
		state, by = queue.EditReplayed, d.Approver // by one who died before it was kept
	}
	e.Decide(state, by)
	e.Revision, err = o.queue.Edits().Save(ctx, e)
	if errors.Is(err, queue.ErrChanged) {
		return o.queue.Edits().Get(ctx, e.DocumentID, e.Sequence)
	}
	return e, err
}

// Document returns the normalised document of a dead letter, to be corrected.
func (o *Operations) Document(ctx context.Context, id string) (*document.Document, error) {
	l, err := o.queue.Letter(ctx, id)
	if err != nil {
		return nil, err
	}
	return l.Event.Data.Document, nil
}
