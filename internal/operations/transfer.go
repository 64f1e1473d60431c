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

// exportEnd is the last line of an export and says how many letters stand before it. A file without it was cut off.
type exportEnd struct {
	Letters *int `json:"letters"`
}

// Export writes the dead letters that the filter lets through as JSON Lines, oldest first, with their number as the last line,
// and returns it. They stay where they are.
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
	n := len(letters)
	if err := out.Encode(exportEnd{&n}); err != nil {
		return n, fmt.Errorf("end the export: %w", err)
	}
	return n, nil
}

// Imported says what became of an import.
type Imported struct {
	Imported int     // dead letters that are here now
	Known    int     // documents that were here before, and were left as they are
	Failed   []error // of those that are not here
}

// Import puts exported dead letters before a person here. Documents that are known are left as they are, so it may be
// repeated. accounts are those of this installation; dead letters of others are not imported. The error says that the rest
// could not be read or is not there, as in a file whose export was cut off, or that the queue does not answer. Several exports
// may stand behind each other.
func (o *Operations) Import(ctx context.Context, r io.Reader, accounts []string, note string) (Imported, error) {
	var done Imported
	if err := checkNote("import", note); err != nil {
		return done, err
	}
	in := json.NewDecoder(r)
	whole, part := false, 0 // whether the last line read ends an export, and the letters since the last that did
	for n := 1; ; n++ {
		var x struct {
			queue.Exported
			exportEnd
		}
		err := in.Decode(&x)
		switch {
		case errors.Is(err, io.EOF) && !whole:
			return done, fmt.Errorf("import: the export was cut off after %d dead letters: its last line is not there; export again, and import that", n-1)
		case errors.Is(err, io.EOF):
			return done, nil
		case err != nil:
			return done, fmt.Errorf("import: dead letter %d: it is not what deadletters export writes: %w", n, err)
		case x.Letters != nil && *x.Letters != part:
			return done, fmt.Errorf("import: %d dead letters were exported, and %d are in the file", *x.Letters, part)
		case x.Letters != nil:
			whole, part = true, 0
			n--
			continue
		}
		whole, part = false, part+1
		account, _ := x.Event.Extensions()["account"].(string)
		if !slices.Contains(accounts, account) {
			done.Failed = append(done.Failed, fmt.Errorf("dead letter %d, document %s: this installation has no account %q", n, x.Event.ID(), account))
			continue
		}
		imported, err := o.queue.Import(ctx, x.Exported, queue.Decision{Actor: o.author, Note: note})
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
