package operations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"counterpunch/internal/queue"
)

// Export writes the dead letters that the filter lets through as JSON Lines, oldest first, and returns how many. They stay
// where they are.
func (o *Operations) Export(ctx context.Context, f queue.Filter, w io.Writer) (int, error) {
	letters, err := o.queue.Letters(ctx, f)
	if err != nil {
		return 0, fmt.Errorf("list dead letters: %w", err)
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for i, l := range slices.Backward(letters) {
		x, err := o.queue.Export(ctx, l)
		if err == nil {
			err = out.Encode(x)
		}
		if err != nil {
			return len(letters) - 1 - i, fmt.Errorf("export document %s: %w", l.Event.ID, err)
		}
	}
	return len(letters), nil
}

// Imported says what became of an import.
type Imported struct {
	Imported int     // dead letters that are here now
	Known    int     // documents that were here before, and were left as they are
	Failed   []error // of those that are not here
}

// Import puts exported dead letters before a person here. Documents that are known are left as they are, so it may be
// repeated. accounts are those of this installation; dead letters of others are not imported. The error says that the rest
// could not be read, or that the queue does not answer.
func (o *Operations) Import(ctx context.Context, r io.Reader, accounts []string, note string) (Imported, error) {
	var done Imported
	in := json.NewDecoder(r)
	for n := 1; ; n++ {
		var x queue.Exported
		err := in.Decode(&x)
		switch {
		case errors.Is(err, io.EOF):
			return done, nil
		case err != nil:
			return done, fmt.Errorf("import: dead letter %d: it is not what deadletters export writes: %w", n, err)
		}
		account, _ := x.Event.Extensions()["account"].(string)
		if !slices.Contains(accounts, account) {
			done.Failed = append(done.Failed, fmt.Errorf("dead letter %d, document %s: this installation has no account %q", n, x.Event.ID(), account))
			continue
		}
		imported, err := o.queue.Import(ctx, x, queue.Decision{Actor: o.author, Note: note})
		switch {
		case errors.Is(err, queue.ErrUnavailable) || ctx.Err() != nil:
			return done, fmt.Errorf("dead letter %d: %w", n, err)
		case err != nil:
			done.Failed = append(done.Failed, fmt.Errorf("dead letter %d: %w", n, err))
		case imported:
			done.Imported++
		default:
			done.Known++
		}
	}
}
