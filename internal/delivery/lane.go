package delivery

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/internal/pause"
	"counterpunch/internal/queue"
)

// account is an Account at work.
type account struct {
	Account
	options  Options
	gate     *gate
	throttle *throttle
	tables   *tables
	log      zerolog.Logger
}

func newAccount(o Options, a Account) *account {
	t := newThrottle(1, 1)
	return &account{
		Account: a, options: o, throttle: t, gate: newGate(o, a, t), tables: newTables(o, a.Name),
		log: o.Log.With().Str("account", a.Name).Logger(),
	}
}

// run works on the account's lanes until fetch ends and what it started has ended.
func (a *account) run(fetch, work context.Context) {
	var said complaint
	for {
		err := a.admitCredential(fetch)
		if err == nil {
			break
		}
		if fetch.Err() != nil {
			return
		}
		if said.isNew(err) {
			a.log.Error().Err(err).Msg("account.not_started")
		}
		pause.For(fetch, a.options.Schedule.Hand)
	}
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { a.gate.run(fetch) })
	group.Go(func() { a.tables.run(fetch) })
	serving := 0
	for fetch.Err() == nil {
		news := a.gate.news()
		lanes, active, err := a.lanes(fetch)
		again := time.Hour // lanes are added by a change of the shared state, which is news
		switch {
		case err == nil:
			said.clear()
			a.throttle.bound(active)
			for ; serving < lanes; serving++ {
				n := serving
				group.Go(func() { a.runLane(fetch, work, n) })
			}
		case fetch.Err() == nil:
			again = a.options.Schedule.Hand
			if said.isNew(err) {
				a.log.Error().Err(err).Msg("account.lanes_unknown")
			}
		}
		t := time.NewTimer(again)
		select {
		case <-news:
		case <-t.C:
		case <-fetch.Done():
		}
		t.Stop()
	}
}

// lanes returns how many lanes of the account to serve and how many of them may be active at once. All that there ever were
// are served, because documents that were accepted before the number was lowered still wait in the others.
func (a *account) lanes(ctx context.Context) (all, active int, err error) {
	_, err = a.options.Queue.Lanes(ctx, a.Name) // which sets the number of an account that has none
	if err == nil {
		var st queue.AccountState
		if st, _, err = a.options.Queue.Accounts().Get(ctx, a.Name); err == nil {
			return max(st.Lanes, st.MostLanes), st.Lanes, nil
		}
	}
	return 0, 0, fmt.Errorf("read the lanes of account %s: %w", a.Name, err)
}

// admitCredential makes the shared credential state be about the sign-in that this worker is configured with.
func (a *account) admitCredential(ctx context.Context) error {
	err := a.options.Queue.Accounts().Update(ctx, a.Name, func(st *queue.AccountState) error {
		if st.Fingerprint != a.Credential || st.Credential == "" {
			st.Fingerprint, st.Credential, st.Since = a.Credential, queue.CredentialUnproven, time.Now().UTC()
			if !st.Held {
				st.Reason = "a new sign-in was configured"
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("admit the sign-in of account %s: %w", a.Name, err)
	}
	return nil
}

// runLane takes documents from one lane, one at a time, until fetch ends. A document in hand may use work to its end.
func (a *account) runLane(fetch, work context.Context, n int) {
	var lane *queue.Lane
	var said complaint
	for fetch.Err() == nil {
		err := a.turn(fetch, work, n, &lane)
		switch {
		case err == nil:
			said.clear()
		case fetch.Err() == nil:
			if said.isNew(err) {
				a.log.Error().Err(err).Int("lane", n).Msg("lane.failed")
			}
			pause.For(fetch, jitter(a.options.Schedule.Hand))
		}
	}
}

// turn waits until calls are allowed, takes the next document and works on it.
func (a *account) turn(fetch, work context.Context, n int, lane **queue.Lane) error {
	if *lane == nil {
		l, err := a.options.Queue.Lane(fetch, a.Name, n)
		if err != nil {
			return fmt.Errorf("open lane %d: %w", n, err)
		}
		*lane = l
	}
	if err := a.gate.wait(fetch); err != nil {
		return err
	}
	if err := a.tables.wait(fetch); err != nil {
		return err
	}
	// Waiting ends with fetch; a document in hand outlives it and ends with work.
	waiting, cancel := context.WithCancel(work)
	defer cancel()
	detach := context.AfterFunc(fetch, cancel)
	d, err := (*lane).Next(waiting)
	if err != nil {
		return fmt.Errorf("take from lane %d: %w", n, err)
	}
	detach()
	return a.admit(fetch, d)
}

// admit works on a document when it is its turn among the lanes. A lane has its document before it asks for its turn,
// because one that waits for a document must not keep the turn from another that has one. A worker that is told to stop
// begins no document.
func (a *account) admit(fetch context.Context, d *queue.Delivery) error {
	turn, cancel := context.WithCancel(d.Context())
	stop := context.AfterFunc(fetch, cancel)
	round, err := a.throttle.enter(turn)
	stop()
	cancel()
	if err == nil {
		defer a.throttle.leave()
	}
	set, known, _ := a.tables.view()
	if err != nil || !known || !a.gate.allowed() {
		wait := a.options.Schedule.Hand
		if fetch.Err() != nil {
			wait = 0 // another worker shall have it at once
		}
		return a.giveBack(d, wait)
	}
	return a.work(d, round, set)
}

// giveBack gives the document back to its lane. Without it the heart of a document that nobody works on would go on
// beating, and the lane stand still.
func (a *account) giveBack(d *queue.Delivery, wait time.Duration) error {
	if err := d.Release(wait); err != nil {
		return fmt.Errorf("give document %s back: %w", d.Event.ID, err)
	}
	return nil
}
