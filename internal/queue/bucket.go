package queue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// encodeKey joins parts to a key of a bucket. Order numbers and external ids hold any character, keys few: everything
// but letters, digits, - and _ becomes =XX, and a part that is too long for a key becomes == with its hash. No two
// different lists of parts have the same key.
func encodeKey(parts ...string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte('.')
		}
		if len(p) > maxPart {
			fmt.Fprintf(&b, "==%x", sha256.Sum256([]byte(p)))
			continue
		}
		if p == "" {
			b.WriteByte('=')
		}
		for j := range len(p) {
			c := p[j]
			switch {
			case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
				b.WriteByte(c)
			default:
				b.WriteByte('=')
				b.WriteByte(hexDigits[c>>4])
				b.WriteByte(hexDigits[c&15])
			}
		}
	}
	return b.String()
}

// maxPart bounds a part of a key in bytes. A key is part of a subject, and the server ends a connection, with all that is
// under way on it, over a subject of 4 KB. Order numbers come from suppliers; real ones have some 20 characters.
const maxPart = 250

// decodeKey undoes encodeKey of one part that is not too long.
func decodeKey(key string) string {
	var b strings.Builder
	for i := 0; i < len(key); i++ {
		if key[i] == '=' && i+2 < len(key) {
			if c, err := hex.DecodeString(key[i+1 : i+3]); err == nil {
				b.Write(c)
				i += 2
				continue
			}
		}
		if key[i] != '=' {
			b.WriteByte(key[i])
		}
	}
	return b.String()
}

// putRevision writes an entry that has revision rev (0: there is none) and returns the new revision, or ErrChanged. A
// write whose acknowledgement was lost and that is repeated finds itself as a change; callers read again and see it.
func putRevision(ctx context.Context, kv jetstream.KeyValue, key string, value []byte, rev uint64) (uint64, error) {
	var err error
	if rev == 0 {
		rev, err = kv.Create(ctx, key, value)
	} else {
		rev, err = kv.Update(ctx, key, value, rev)
	}
	switch code := apiCode(err); {
	case errors.Is(err, jetstream.ErrKeyExists),
		code == jetstream.JSErrCodeStreamWrongLastSequence, code == jetstream.JSErrCodeStreamWrongLastSequenceConstant:
		return 0, ErrChanged
	case err != nil:
		return 0, err
	}
	return rev, nil
}

// list returns the entries of a bucket whose keys match, as read makes of them, in an order. what is being done, for the error.
func list[T any](ctx context.Context, kv jetstream.KeyValue, keys, what string, read func(jetstream.KeyValueEntry) (T, error), order func(a, b T) int) ([]T, error) {
	var all []T
	err := each(ctx, kv, keys, func(entry jetstream.KeyValueEntry) error {
		v, err := read(entry)
		all = append(all, v)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	slices.SortFunc(all, order)
	return all, nil
}

// each calls do with every entry of a bucket whose key matches.
func each(ctx context.Context, kv jetstream.KeyValue, keys string, do func(jetstream.KeyValueEntry) error) error {
	w, err := kv.Watch(ctx, keys, jetstream.IgnoreDeletes())
	if err != nil {
		return unavailable("read "+kv.Bucket(), err)
	}
	defer w.Stop()
	for {
		select {
		case <-ctx.Done():
			return unavailable("read "+kv.Bucket(), ctx.Err())
		case entry, more := <-w.Updates():
			switch {
			case !more:
				return unavailable("read "+kv.Bucket(), nats.ErrDisconnected)
			case entry == nil: // that was all
				return nil
			}
			if err := do(entry); err != nil {
				return err
			}
		}
	}
}
