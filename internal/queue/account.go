package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Credential is what is known of an account's sign-in to NetSuite.
type Credential string

// The states of a credential. A held account is called by nobody.
const (
	CredentialUnproven Credential = "unproven" // one lane calls until one call has succeeded
	CredentialProven   Credential = "proven"
	CredentialSuspect  Credential = "suspect" // one sign-in was refused; one probe decides
	CredentialHeld     Credential = "held"
)

// AccountState is the run-time state of an account, shared by all processes. The zero value is that of an account that
// was never used.
type AccountState struct {
	Lanes int `json:"lanes"` // where new documents go
	// MostLanes is the highest number of lanes that there ever was. Workers serve all of these, because documents that were
	// accepted before Lanes was lowered still wait there.
	MostLanes  int        `json:"mostLanes"`
	Credential Credential `json:"credential,omitempty"`
	// Fingerprint identifies the secret that Credential is about, so that a changed one starts unproven.
	Fingerprint string    `json:"fingerprint,omitempty"`
	Held        bool      `json:"held,omitempty"` // by a person
	Reason      string    `json:"reason,omitempty"`
	By          string    `json:"by,omitempty"`
	Since       time.Time `json:"since,omitzero"`
}

// SetLanes changes the number of lanes.
func (s *AccountState) SetLanes(n int) {
	s.Lanes = n
	s.MostLanes = max(s.MostLanes, n)
}

// Accounts is the bucket ACCOUNTS.
type Accounts struct{ q *Queue }

// Accounts returns the state of the accounts.
func (q *Queue) Accounts() Accounts { return Accounts{q} }

// Get returns the account's state and its revision; the zero state and revision 0 if it was never used.
func (a Accounts) Get(ctx context.Context, account string) (AccountState, uint64, error) {
	var s AccountState
	entry, err := a.q.bucket(bucketAccounts).Get(ctx, encodeKey(account))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return s, 0, nil
	}
	if err != nil {
		return s, 0, unavailable("read the state of account "+account, err)
	}
	if err := json.Unmarshal(entry.Value(), &s); err != nil {
		return s, 0, fmt.Errorf("read the state of account %s: %w", account, err)
	}
	return s, entry.Revision(), nil
}

// Update changes the account's state. change may be called several times, each time with the state as it is then; its
// error ends the update and is returned as it is. A change that changes nothing is not written.
func (a Accounts) Update(ctx context.Context, account string, change func(*AccountState) error) error {
	_, _, err := a.Change(ctx, account, change)
	return err
}

// Change is Update, and returns the state that the account has then with its revision.
func (a Accounts) Change(ctx context.Context, account string, change func(*AccountState) error) (AccountState, uint64, error) {
	kv := a.q.bucket(bucketAccounts)
	for try := 0; ; try++ {
		s, rev, err := a.Get(ctx, account)
		if err != nil {
			return s, rev, err
		}
		before := s
		if err := change(&s); err != nil {
			return before, rev, err
		}
		if s == before && rev != 0 {
			return s, rev, nil
		}
		body, err := json.Marshal(s)
		if err != nil {
			return before, rev, fmt.Errorf("change account %s: %w", account, err)
		}
		next, err := putRevision(ctx, kv, encodeKey(account), body, rev)
		switch {
		case err == nil:
			a.q.mu.Lock()
			delete(a.q.laneCache, account)
			a.q.mu.Unlock()
			return s, next, nil
		case !errors.Is(err, ErrChanged):
			return before, rev, unavailable("change account "+account, err)
		case !backOff(ctx, try):
			return before, rev, unavailable("change account "+account, ctx.Err())
		}
	}
}

// AccountUpdate is one account's state as a watch reports it.
type AccountUpdate struct {
	Account  string
	State    AccountState
	Revision uint64 // of State; a higher one is newer
	// Ready is set on one update, without an account, after the states that there were at the beginning.
	Ready bool
}

// Watch reports the state of every account, then each change. The channel is closed when ctx ends or the connection is
// lost: then nothing is known of the accounts any more, and whoever depends on it must stop and watch anew.
func (a Accounts) Watch(ctx context.Context) (<-chan AccountUpdate, error) {
	return watch(ctx, a.q, bucketAccounts, jetstream.AllKeys, "watch accounts", func(entry jetstream.KeyValueEntry) (AccountUpdate, bool) {
		if entry == nil {
			return AccountUpdate{Ready: true}, true
		}
		u := AccountUpdate{Account: decodeKey(entry.Key()), Revision: entry.Revision()}
		if entry.Operation() != jetstream.KeyValuePut {
			return u, true
		}
		if err := json.Unmarshal(entry.Value(), &u.State); err != nil {
			a.q.log.Error().Err(err).Str("account", u.Account).Msg("account.unreadable")
			return u, false
		}
		return u, true
	})
}
