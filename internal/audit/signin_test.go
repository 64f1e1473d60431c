package audit_test

import (
	"fmt"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
	"counterpunch/internal/queue"
	"counterpunch/internal/secret"
	"counterpunch/internal/simulator"
	"counterpunch/internal/testkit/keys"
)

// signIn is a way of signing in, at NetSuite's side and at the program's.
type signIn struct {
	name string
	// configure gives an account the sign-in, or one that NetSuite does not know.
	configure func(n *config.NetSuite, right bool)
	// accept has NetSuite know the sign-in, or another one in its place.
	accept func(s *simulator.Simulator, right bool) error
}

func signIns(t *testing.T) []signIn {
	t.Helper()
	key, other := newKey(), newKey()
	client := func(k keyPair) simulator.OAuthClient {
		return simulator.OAuthClient{ClientID: "client-1", CertificateID: "cert-1", PublicKey: k.public}
	}
	return []signIn{
		{"tba", func(n *config.NetSuite, right bool) {
			text := simulator.DemoCredential().TokenSecret
			if !right {
				text = "another-secret"
			}
			n.TBA.TokenSecret.Value = secret.New(text)
		}, func(s *simulator.Simulator, right bool) error {
			credential := simulator.DemoCredential()
			if !right {
				credential.TokenSecret = "rotated-secret"
			}
			s.SetCredentials(credential)
			return nil
		}},
		{"oauth2", func(n *config.NetSuite, right bool) {
			private := key.private
			if !right {
				private = other.private
			}
			n.TBA, n.OAuth2 = config.TBA{}, config.OAuth2{ClientID: "client-1", CertificateID: "cert-1", PrivateKey: config.Secret{Value: private}}
		}, func(s *simulator.Simulator, right bool) error {
			if !right {
				return s.SetClients()
			}
			return s.SetClients(client(key))
		}},
	}
}

type keyPair struct {
	private secret.Value
	public  string
}

func newKey() keyPair {
	key := keys.EC()
	return keyPair{private: secret.New(keys.PrivatePEM(key)), public: keys.PublicPEM(key)}
}

// held waits until nobody calls because the sign-in was refused.
func (w *world) held() {
	w.t.Helper()
	w.until("the sign-in is held", func() bool {
		st, _, err := w.Serve.Queue.Accounts().Get(w.ctx, "main")
		return err == nil && st.Credential == queue.CredentialHeld
	})
	calls, since := -1, time.Now()
	w.until("no more calls", func() bool {
		if n := w.NetSuite.Books().TotalCalls; n != calls {
			calls, since = n, time.Now()
		}
		return time.Since(since) > 500*time.Millisecond
	})
}

// resume is what an operator does once NetSuite knows the sign-in again.
func (w *world) resume() {
	w.t.Helper()
	err := w.Serve.Queue.Accounts().Update(w.ctx, "main", func(st *queue.AccountState) error {
		st.Credential, st.Since = queue.CredentialUnproven, time.Now().UTC()
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestARefusedSignInIsHeldBeforeAnybodyTriesItOften has four workers on eight lanes whose sign-in is wrong from the
// beginning, or stops being right while every lane is at work. Each refused login brings the user nearer to a lock.
func TestARefusedSignInIsHeldBeforeAnybodyTriesItOften(t *testing.T) {
	var table strings.Builder
	out := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "sign-in\tis wrong\tcalls at once\trefused logins\trefused tokens\tapplied afterwards")
	for _, s := range signIns(t) {
		t.Run(s.name+" from the start", func(t *testing.T) {
			w := crew(t, s, false)
			ids := w.send(w.mixture(80))
			w.held()
			row := w.spared(ids)
			for i, worker := range w.workers {
				if err := worker.Stop(); err != nil {
					t.Fatal(err)
				}
				w.hire(fmt.Sprint("corrected-", i), func(c *config.Config) { s.configure(&c.Accounts[0].NetSuite, true) })
			}
			fmt.Fprintf(out, "%s\tfrom the start\t%s\t%s\n", s.name, row, w.applied(ids))
		})
		t.Run(s.name+" at work", func(t *testing.T) {
			w := crew(t, s, true)
			documents := w.mixture(80)
			w.bringAllIn(documents[:40])
			ids := w.send(documents[40:])
			begun := w.NetSuite.Books().TotalCalls
			w.until("every lane is at work", func() bool { return w.NetSuite.Books().TotalCalls > begun+3*lanes })
			w.accept(s, false)
			w.held()
			row := w.spared(ids)
			w.accept(s, true)
			w.resume()
			fmt.Fprintf(out, "%s\tat work\t%s\t%s\n", s.name, row, w.applied(ids))
		})
	}
	out.Flush()
	t.Logf("\n%s", table.String())
}

// crewed is a world with several workers.
type crewed struct {
	*world
	workers []*app.Worker
}

// crew starts four workers with a sign-in, right or wrong, for calls that take their time.
func crew(t *testing.T, s signIn, right bool) crewed {
	t.Helper()
	w := open(t, func(c *config.Config) {
		hasten(c, 300)
		s.configure(&c.Accounts[0].NetSuite, right)
	}, simulator.Options{Limit: -1, Knobs: func(k *simulator.Knobs) {
		call := simulator.Duration(20 * time.Millisecond)
		k.Latency.Get.Median, k.Latency.Patch.Median, k.Latency.Post.Median = call, call, call
	}})
	w.accept(s, true)
	workers := []*app.Worker{w.Serve.Worker}
	for i := range 3 {
		workers = append(workers, w.hire(fmt.Sprint("worker-", i+2), nil))
	}
	return crewed{w, workers}
}

// accept has NetSuite know the sign-in that is right, or forget it.
func (w *world) accept(s signIn, right bool) {
	w.t.Helper()
	if err := s.accept(w.NetSuite, right); err != nil {
		w.t.Fatal(err)
	}
}

// spared checks what a refused sign-in has done: few logins were tried, and nothing was counted on a document.
func (w *world) spared(ids []string) string {
	w.t.Helper()
	books := w.NetSuite.Books()
	logins, tokens := 0, 0
	for _, f := range books.FailedLogins {
		// Of OAuth 2.0 the token request is the login; a call may come too late for the token that it carries.
		if f.Cause == "TokenBlocked" {
			tokens++
		} else {
			logins++
		}
	}
	if logins == 0 || logins > lanes+1 || tokens > lanes {
		w.t.Errorf("%d refused logins and %d refused tokens with %d lanes: %+v", logins, tokens, lanes, books.FailedLogins)
	}
	for _, id := range ids {
		history, err := w.Serve.Queue.History(w.ctx, id)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, rec := range history {
			if rec.Type == queue.DeadLettered || rec.Tries["login"]+rec.Tries["odd"] > 0 {
				w.t.Errorf("document %s: %s %v %s", id, rec.Type, rec.Tries, rec.Detail)
			}
		}
	}
	return fmt.Sprintf("%d\t%d\t%d", books.MaxConcurrent, logins, tokens)
}

// applied waits for documents to come to a good end, all of them.
func (w *world) applied(ids []string) string {
	w.t.Helper()
	n := 0
	for _, id := range ids {
		if p := w.end(id); p.good() {
			n++
		} else {
			w.t.Errorf("%s", p)
		}
	}
	w.sound()
	return fmt.Sprintf("%d of %d", n, len(ids))
}
