package delivery

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/internal/mapping"
	"counterpunch/internal/pause"
	"counterpunch/internal/queue"
)

// tables keeps an account's lookup tables in view as they were set at run time. While nobody reports their changes no
// document is begun: it could be matched by an entry that a person has just corrected.
type tables struct {
	account string
	lookups queue.Lookups
	log     zerolog.Logger

	mu      sync.Mutex
	now     mapping.Tables // never changed, only replaced
	known   bool
	changed chan struct{} // closed and replaced when known may have changed
}

func newTables(o Options, account string) *tables {
	return &tables{account: account, lookups: o.Queue.Lookups(), changed: make(chan struct{}),
		log: o.Log.With().Str("account", account).Logger()}
}

// run keeps the tables in view until ctx ends.
func (t *tables) run(ctx context.Context) {
	var said complaint
	for ctx.Err() == nil {
		updates, err := t.lookups.Watch(ctx, t.account)
		if err == nil {
			said.clear()
			t.follow(updates)
		} else if ctx.Err() == nil && said.isNew(err) {
			t.log.Error().Err(err).Msg("lookups.watch_failed")
		}
		t.show(nil, false)
		pause.For(ctx, time.Second)
	}
}

// follow takes over entries until the watch ends, from the first complete view on.
func (t *tables) follow(updates <-chan queue.LookupUpdate) {
	all, ready := mapping.Tables{}, false
	for u := range updates {
		if u.Ready {
			ready = true
		} else {
			all = withEntry(all, u.Lookup)
		}
		if ready {
			t.show(all, true)
		}
	}
}

// withEntry returns the tables with an entry, or without it when it is deleted. Documents in hand go on with those that they
// began with.
func withEntry(all mapping.Tables, v queue.Lookup) mapping.Tables {
	all = maps.Clone(all)
	table := maps.Clone(all[v.Table])
	if table == nil {
		table = map[string]string{}
	}
	if table[v.Key] = v.Value; v.Deleted {
		delete(table, v.Key)
	}
	all[v.Table] = table
	return all
}

func (t *tables) show(now mapping.Tables, known bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now, t.known = now, known
	close(t.changed)
	t.changed = make(chan struct{})
}

// view returns the tables, and what is closed at the next change.
func (t *tables) view() (now mapping.Tables, known bool, news <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now, t.known, t.changed
}

// wait returns nil as soon as the tables are in view.
func (t *tables) wait(ctx context.Context) error {
	for {
		_, known, news := t.view()
		if known {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// setTables reads an account's lookup tables once, for a preview.
func setTables(ctx context.Context, q *queue.Queue, account string) (mapping.Tables, error) {
	all, err := q.Lookups().All(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("read the lookup tables of account %s: %w", account, err)
	}
	set := mapping.Tables{}
	for _, v := range all {
		set = withEntry(set, v)
	}
	return set, nil
}

// facing returns the account as it plans a supplier's document now.
func (a Account) facing(supplier string, set mapping.Tables) Account {
	a.Mapper = a.Mapper.In(mapping.Situation{Supplier: supplier, Today: time.Now(), Lookups: set})
	return a
}
