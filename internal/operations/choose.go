package operations

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"counterpunch/internal/queue"
)

// Selection says which documents are meant.
type Selection struct {
	Filter queue.Filter
	// Archive means documents that came to their end, in place of dead letters.
	Archive bool
}

// ErrState means that a document is not in a state for what is to be done with it.
var ErrState = errors.New("not in a state for it")

// Choose returns the documents that a selection means, newest first.
func (o *Operations) Choose(ctx context.Context, s Selection) ([]queue.Status, error) {
	if s.Archive {
		return o.ended(ctx, s.Filter)
	}
	letters, err := o.queue.Letters(ctx, s.Filter)
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	var chosen []queue.Status
	for _, l := range letters {
		chosen = append(chosen, l.Status())
	}
	return chosen, nil
}

// ended returns the documents that have ended and whose content is still there.
func (o *Operations) ended(ctx context.Context, f queue.Filter) ([]queue.Status, error) {
	if f.State != "" && !f.State.Final() {
		return nil, fmt.Errorf("choose documents that are %s from the archive: only what is applied, superseded, recorded or discarded has ended: %w", f.State, ErrState)
	}
	limit := f.Limit
	f.Limit = 0 // counts documents that have not ended, too
	all, err := o.queue.Documents(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("look through the archive: %w", err)
	}
	all = slices.DeleteFunc(all, func(s queue.Status) bool { return s.Forgotten || !s.State.Final() })
	if limit > 0 && len(all) > limit {
		all = all[:limit]
	}
	return all, nil
}

// Named returns where a document stands that is to be replayed or discarded. The error is ErrState when it waits for
// nobody; with archive, when it has not ended.
func (o *Operations) Named(ctx context.Context, id string, archive bool) (queue.Status, error) {
	s, err := o.queue.Status(ctx, id)
	if err != nil {
		return s, err
	}
	waits := s.State == queue.StateDeadLettered || s.State == queue.StateParked
	switch {
	case archive && s.Forgotten:
		return s, fmt.Errorf("document %s was deleted from the archive: %w", id, queue.ErrNotFound)
	case archive && !s.State.Final():
		return s, fmt.Errorf("document %s is %s and has not ended: %w", id, s.State, ErrState)
	case !archive && !waits:
		return s, fmt.Errorf("document %s is %s and waits for nobody; somebody else may have been first: %w", id, s.State, ErrState)
	}
	return s, nil
}

// Replay sends one document that was chosen through its lane again. The error is queue.ErrReplayed when somebody else has
// decided about it meanwhile.
func (o *Operations) Replay(ctx context.Context, s queue.Status, note string) error {
	if err := checkNote("replay document "+s.ID, note); err != nil {
		return err
	}
	replay := o.queue.Replay
	if s.State.Final() {
		replay = o.queue.ReplayEnded
	}
	_, err := replay(ctx, s.ID, o.decision(s, note))
	return first(err)
}

// Discard ends a document that waits, without effect. The error is queue.ErrReplayed when somebody else has decided about
// it meanwhile.
func (o *Operations) Discard(ctx context.Context, s queue.Status, note string) error {
	if err := needNote("discard document "+s.ID, note); err != nil {
		return err
	}
	return first(o.queue.Discard(ctx, s.ID, o.decision(s, note)))
}

// first says of a letter that was there when it was chosen that somebody else was first.
func first(err error) error {
	if errors.Is(err, queue.ErrNotFound) {
		return fmt.Errorf("%w: %v", queue.ErrReplayed, err)
	}
	return err
}
