package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// brisk is a NetSuite without faults whose calls take long enough to be in progress when something happens.
const brisk = `{"latency": {"get": {"median": "20ms", "p99": "60ms"}, "query": {"median": "20ms", "p99": "60ms"}, "patch": {"median": "60ms", "p99": "200ms"}, "post": {"median": "80ms", "p99": "250ms"}}}`

// loginLanes is how many lanes the account has while its user is disabled: so many calls can be in progress.
const loginLanes = 4

// runLogin disables the integration user while documents are worked on, the classic way in which integrations die, and
// enables it again: hardly a login fails, no document suffers, and everything is applied after accounts resume.
func runLogin(ctx context.Context, o Options) (Result, error) {
	return Perform(ctx, o.withDefaults(300), Scene{Name: "login", Knobs: brisk, Act: login, Setup: func(s *Setup) { s.Lanes = loginLanes }})
}

// heldFor is how long the user stays disabled after the workers have noticed: nobody may call in this time.
const heldFor = 3 * time.Second

func login(ctx context.Context, s *Stage) error {
	s.Evidence.Logins = loginLanes + 1
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		order := Again(s.Documents, 0, s.random)
		return s.Supplier.Send(ctx, order, 15*time.Second/time.Duration(len(order)))
	})
	g.Go(func() error { return disable(ctx, s) })
	return g.Wait()
}

func disable(ctx context.Context, s *Stage) error {
	i := s.Installation
	if err := s.Await(ctx, len(s.Documents)/4); err != nil {
		return err
	}
	if err := i.Turn(ctx, `{"userDisabled": true}`); err != nil {
		return err
	}
	from, resting := time.Now(), s.Resting()
	s.Say("the integration user is disabled; %d documents at rest", resting)
	if err := i.awaitCredential(ctx, "held"); err != nil {
		return err
	}
	noticed := time.Since(from)
	before, err := i.Books(ctx)
	if err != nil {
		return err
	}
	if err := pause(ctx, heldFor); err != nil {
		return err
	}
	after, err := i.Books(ctx)
	if err != nil {
		return err
	}
	if n := after.TotalCalls - before.TotalCalls; n > 0 {
		s.Find(Other, fmt.Sprintf("%d calls while the account was held", n))
	}
	if err := i.Turn(ctx, `{"userDisabled": false}`); err != nil {
		return err
	}
	if _, err := i.Command(ctx, "accounts", "resume", "main", "--reason", "the user is enabled again"); err != nil {
		return err
	}
	s.Say("the user is enabled and the account resumed; %d logins failed", len(after.FailedLogins))
	if err := i.awaitCredential(ctx, "proven"); err != nil {
		return err
	}
	s.Note("held %.1f s after the user was disabled; %d failed logins, at most %d calls in progress + 1; %d calls while held; %d documents at rest before",
		noticed.Seconds(), len(after.FailedLogins), loginLanes, after.TotalCalls-before.TotalCalls, resting)
	return nil
}

// awaitCredential waits until the account's credential is in a state, as accounts ls shows it.
func (i *Installation) awaitCredential(ctx context.Context, want string) error {
	for {
		out, err := i.Command(ctx, "accounts", "ls", "-o", "json")
		if err != nil {
			return err
		}
		var accounts []struct{ Credential string }
		if err := json.Unmarshal(out, &accounts); err != nil {
			return fmt.Errorf("read accounts ls: %w", err)
		}
		if len(accounts) == 1 && accounts[0].Credential == want {
			return nil
		}
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return fmt.Errorf("wait until the credential is %s: %w", want, err)
		}
	}
}
