package queue

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestTokensAreSavedByWhoeverReadThemLast(t *testing.T) {
	f := newFixture(t)
	one, two := f.queue().Tokens("main", "abc"), f.queue().Tokens("main", "abc")
	if sealed, rev, err := one.Load(f.ctx); err != nil || sealed != nil || rev != 0 {
		t.Fatalf("an empty store has %q, %d, %v", sealed, rev, err)
	}
	if saved, err := one.Save(f.ctx, []byte("first"), 0); err != nil || !saved {
		t.Fatalf("saved %v, %v", saved, err)
	}
	if saved, err := two.Save(f.ctx, []byte("late"), 0); err != nil || saved {
		t.Errorf("a save without knowing the first: %v, %v", saved, err)
	}
	sealed, rev, err := two.Load(f.ctx)
	if err != nil || string(sealed) != "first" {
		t.Fatalf("%q, %v", sealed, err)
	}
	if saved, err := two.Save(f.ctx, []byte("second"), rev); err != nil || !saved {
		t.Errorf("saved %v, %v", saved, err)
	}
	if saved, err := one.Save(f.ctx, []byte("late"), rev); err != nil || saved {
		t.Errorf("a save over an old revision: %v, %v", saved, err)
	}
	if sealed, _, err := f.queue().Tokens("main", "other").Load(f.ctx); err != nil || sealed != nil {
		t.Errorf("another sign-in has %q, %v", sealed, err)
	}
}

func TestOneProcessAtATimeFetchesAToken(t *testing.T) {
	f := newFixture(t)
	one, two := f.queue().Tokens("main", "abc"), f.queue().Tokens("main", "abc")
	unlock, err := one.Lock(f.ctx)
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(f.ctx, 300*time.Millisecond)
	defer cancel()
	if _, err := two.Lock(short); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the lock was given twice: %v", err)
	}
	if other, err := f.queue().Tokens("sandbox", "abc").Lock(f.ctx); err != nil {
		t.Errorf("another account waits: %v", err)
	} else {
		other()
	}
	got := make(chan error)
	go func() {
		release, err := two.Lock(f.ctx)
		if err == nil {
			release()
		}
		got <- err
	}()
	unlock()
	if err := <-got; err != nil {
		t.Error(err)
	}
	unlock() // once more does no harm
}

func TestTokensOfAServerThatIsAwayAreAnError(t *testing.T) {
	f := newFixture(t)
	store := f.queue().Tokens("main", "abc")
	if err := f.server.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(f.ctx, 200*time.Millisecond)
	defer cancel()
	if _, _, err := store.Load(ctx); !errors.Is(err, ErrUnavailable) {
		t.Errorf("load: %v", err)
	}
	if _, err := store.Save(ctx, nil, 0); !errors.Is(err, ErrUnavailable) {
		t.Errorf("save: %v", err)
	}
	if _, err := store.Lock(ctx); !errors.Is(err, ErrUnavailable) {
		t.Errorf("lock: %v", err)
	}
}
