package netsuite_test

import (
	"errors"
	"sync"
	"testing"

	"counterpunch/internal/netsuite"
	"counterpunch/internal/simulator"
)

func TestSessionsSendNoMoreOnceASignInIsRefused(t *testing.T) {
	client, far := simulated(t, func(k *simulator.Knobs) { k.UserDisabled, k.LockAfter = true, 0 }, func(o *netsuite.Options) { o.Slots = 1 })
	sessions := make([]*netsuite.Client, 8)
	for i := range sessions {
		sessions[i] = client.Session()
	}
	errs := make([]error, len(sessions))
	var done sync.WaitGroup
	for i, s := range sessions {
		done.Go(func() { _, errs[i] = s.PurchaseOrder(t.Context(), "7001") })
	}
	done.Wait()
	refused := 0
	for _, err := range errs {
		switch {
		case netsuite.ClassOf(err) == netsuite.Login:
			refused++
		case !errors.Is(err, netsuite.ErrSignInRefused):
			t.Errorf("%v", err)
		}
	}
	if failed := len(far.Books().FailedLogins); refused != 1 || failed != 1 {
		t.Errorf("%d calls were refused and %d logins failed, want one", refused, failed)
	}
	// Who begins now may find out whether it is still so.
	if _, err := client.Session().PurchaseOrder(t.Context(), "7001"); netsuite.ClassOf(err) != netsuite.Login {
		t.Errorf("a new session: %v", err)
	}
	if err := client.Probe(t.Context()); netsuite.ClassOf(err) != netsuite.Login {
		t.Errorf("the client itself: %v", err)
	}
}
