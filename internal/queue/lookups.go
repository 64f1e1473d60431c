package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Lookup is an entry of one of an account's lookup tables as it was set at run time. It goes before what the configuration
// says under the key; one that is deleted gives way to that.
type Lookup struct {
	Account string    `json:"account"`
	Table   string    `json:"table"`
	Key     string    `json:"key"`
	Value   string    `json:"value"`
	Deleted bool      `json:"deleted,omitempty"`
	By      string    `json:"by"`
	Reason  string    `json:"reason,omitempty"`
	Since   time.Time `json:"since"`

	Revision uint64 `json:"-"` // 0: it was never set
}

// Lookups is the bucket of lookup tables. It keeps the last lookupHistory versions of an entry, each with who set it, when
// and why.
type Lookups struct{ q *Queue }

// lookupHistory is the most that NATS keeps of one key.
const lookupHistory = 64

// Lookups returns the bucket LOOKUPS.
func (q *Queue) Lookups() Lookups { return Lookups{q} }

// Get returns an entry, also a deleted one. One that was never set has revision 0.
func (l Lookups) Get(ctx context.Context, account, table, key string) (Lookup, error) {
	v := Lookup{Account: account, Table: table, Key: key}
	entry, err := l.q.bucket(bucketLookups).Get(ctx, encodeKey(account, table, key))
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return v, nil
	case err != nil:
		return v, unavailable("read lookup "+key, err)
	}
	return decodeLookup(entry)
}

// Set writes an entry over the version that was read. The error is ErrChanged when somebody else was faster.
func (l Lookups) Set(ctx context.Context, v Lookup) (Lookup, error) {
	v.Since = time.Now().UTC()
	body, err := json.Marshal(v)
	if err != nil {
		return v, fmt.Errorf("set lookup %s: %w", v.Key, err)
	}
	v.Revision, err = putRevision(ctx, l.q.bucket(bucketLookups), encodeKey(v.Account, v.Table, v.Key), body, v.Revision)
	switch {
	case errors.Is(err, ErrChanged):
		return v, fmt.Errorf("set lookup %s of table %s: somebody else was faster: %w", v.Key, v.Table, err)
	case err != nil:
		return v, unavailable("set lookup "+v.Key, err)
	}
	return v, nil
}

// All returns an account's entries that are not deleted, sorted by table and key.
func (l Lookups) All(ctx context.Context, account string) ([]Lookup, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	updates, err := l.Watch(ctx, account)
	if err != nil {
		return nil, err
	}
	var all []Lookup
	for u := range updates {
		if u.Ready {
			slices.SortFunc(all, func(a, b Lookup) int {
				return strings.Compare(a.Table+"\x00"+a.Key, b.Table+"\x00"+b.Key)
			})
			return all, nil
		}
		if !u.Lookup.Deleted {
			all = append(all, u.Lookup)
		}
	}
	return nil, unavailable("read the lookups of account "+account, errors.Join(ErrUnavailable, ctx.Err()))
}

// History returns the versions of an entry that are kept, oldest first.
func (l Lookups) History(ctx context.Context, account, table, key string) ([]Lookup, error) {
	entries, err := l.q.bucket(bucketLookups).History(ctx, encodeKey(account, table, key))
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return nil, nil
	case err != nil:
		return nil, unavailable("read the history of lookup "+key, err)
	}
	var all []Lookup
	for _, e := range entries {
		v, err := decodeLookup(e)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// LookupUpdate is an entry as a watch reports it.
type LookupUpdate struct {
	Lookup Lookup
	Ready  bool // on one update, without an entry, after those that there were at the beginning
}

// Watch reports every entry of an account, then each change. The channel is closed when ctx ends or the connection is lost:
// see Accounts.Watch.
func (l Lookups) Watch(ctx context.Context, account string) (<-chan LookupUpdate, error) {
	what := "watch the lookups of account " + account
	return watch(ctx, l.q, bucketLookups, encodeKey(account)+".>", what, func(entry jetstream.KeyValueEntry) (LookupUpdate, bool) {
		if entry == nil {
			return LookupUpdate{Ready: true}, true
		}
		v, err := decodeLookup(entry)
		if err != nil {
			l.q.log.Error().Err(err).Str("account", account).Msg("lookup.unreadable")
			return LookupUpdate{}, false
		}
		return LookupUpdate{Lookup: v}, true
	})
}

func decodeLookup(entry jetstream.KeyValueEntry) (Lookup, error) {
	var v Lookup
	if entry.Operation() != jetstream.KeyValuePut { // with the tools of NATS
		parts := append(strings.Split(entry.Key(), "."), "", "")
		return Lookup{Account: decodeKey(parts[0]), Table: decodeKey(parts[1]), Key: decodeKey(parts[2]), Deleted: true, Revision: entry.Revision()}, nil
	}
	if err := json.Unmarshal(entry.Value(), &v); err != nil {
		return v, fmt.Errorf("read lookup %s: %w", entry.Key(), err)
	}
	v.Revision = entry.Revision()
	return v, nil
}
