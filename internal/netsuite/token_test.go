package netsuite

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"counterpunch/internal/secret"
)

func sprint(v any) []string {
	return []string{fmt.Sprint(v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v)}
}

// hand is a source of tokens that a test turns by hand.
type hand struct {
	*tokens
	mu      sync.Mutex
	clock   time.Time
	fetched int
	fails   error
	arrived chan struct{} // a fetch has begun
	release chan struct{} // lets one fetch end
}

func newHand(t *testing.T) *hand {
	t.Helper()
	h := &hand{clock: time.Now(), arrived: make(chan struct{}, 100), release: make(chan struct{}, 100)}
	h.tokens = &tokens{store: newMemory(), sealer: must(newSealer(ecKey(), "x")), now: func() time.Time {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.clock
	}}
	h.tokens.fetch = func(ctx context.Context) (*token, error) {
		h.arrived <- struct{}{}
		select {
		case <-h.release:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.fetched++
		if h.fails != nil {
			return nil, h.fails
		}
		return newToken(secret.New(fmt.Sprintf("token-%04d", h.fetched)), h.clock, time.Hour), nil
	}
	return h
}

func (h *hand) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.clock = h.clock.Add(d)
}

func (h *hand) fail(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.fails = err
}

func (h *hand) want(t *testing.T, text string) {
	t.Helper()
	got, err := h.get(t.Context())
	if err != nil || got.value.Reveal() != text {
		t.Fatalf("got %v, %v, want %s", got, err, text)
	}
}

func TestManyCallersFetchOneToken(t *testing.T) {
	client, s := granted(t, access(ecKey()), ecKey(), nil, func(o *Options) { o.Slots = 20 })
	start := make(chan struct{})
	var done sync.WaitGroup
	for range 20 {
		done.Go(func() {
			<-start
			if err := client.Probe(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	close(start)
	done.Wait()
	wantTokens(t, s, 1)
}

func TestManyCallersReplaceARefusedTokenOnce(t *testing.T) {
	client, s := granted(t, access(ecKey()), ecKey(), nil, func(o *Options) { o.Slots = 20 })
	if err := client.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.TurnJSON([]byte(`{"revokeToken":{"next":1}}`)); err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	for range 20 {
		done.Go(func() {
			if err := client.Probe(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
	wantTokens(t, s, 2)
}

// TestCallersWaitForOneFetchAndShareItsError goes without the store's lock, which alone would keep the fetches apart.
func TestCallersWaitForOneFetchAndShareItsError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t)
		h.store = unlocked{newMemory()}
		h.fail(errors.New("no"))
		var done sync.WaitGroup
		for range 10 {
			done.Go(func() {
				if _, err := h.get(t.Context()); err == nil || err.Error() != "no" {
					t.Errorf("%v", err)
				}
			})
		}
		synctest.Wait()
		h.release <- struct{}{}
		done.Wait()
		if h.fetched != 1 {
			t.Errorf("%d fetches for callers that came together", h.fetched)
		}
		h.fail(nil)
		h.release <- struct{}{}
		h.want(t, "token-0002")
	})
}

func TestTokenIsRenewedEarlyByOneCallerWhileItServes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t)
		h.release <- struct{}{}
		h.want(t, "token-0001")
		<-h.arrived
		h.pass(47 * time.Minute)
		h.want(t, "token-0001")
		h.pass(2 * time.Minute) // 80 % are over
		renewed := make(chan string)
		go func() {
			got, err := h.get(t.Context())
			if err != nil {
				t.Error(err)
			}
			renewed <- got.value.Reveal()
		}()
		<-h.arrived
		for range 5 {
			h.want(t, "token-0001") // without waiting
		}
		h.release <- struct{}{}
		if got := <-renewed; got != "token-0002" {
			t.Errorf("the one that renews gets %s", got)
		}
		h.want(t, "token-0002")
	})
}

func TestFailedRenewalIsTriedAgainLaterAndStopsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t)
		h.release <- struct{}{}
		h.want(t, "token-0001")
		h.pass(50 * time.Minute)
		h.fail(errors.New("no"))
		h.release <- struct{}{}
		for range 5 {
			h.want(t, "token-0001")
		}
		if h.fetched != 2 {
			t.Errorf("%d fetches, want one that failed", h.fetched-1)
		}
		h.pass(renewEvery)
		h.release <- struct{}{}
		h.want(t, "token-0001")
		if h.fetched != 3 {
			t.Errorf("%d fetches after a while, want another", h.fetched-1)
		}
		h.pass(9 * time.Minute) // it has nearly ended
		h.release <- struct{}{}
		if _, err := h.get(t.Context()); err == nil {
			t.Error("a token that ends on its way was given out")
		}
		h.fail(nil)
		h.release <- struct{}{}
		h.want(t, "token-0005")
	})
}

func TestCallerThatGivesUpLeavesTheFetchToTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHand(t)
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() {
			if _, err := h.get(ctx); !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		})
		synctest.Wait()
		for range 3 {
			done.Go(func() {
				if got, err := h.get(t.Context()); err != nil || got.value.Reveal() != "token-0001" {
					t.Errorf("%v, %v", got, err)
				}
			})
		}
		impatient, stop := context.WithCancel(t.Context())
		done.Go(func() {
			if _, err := h.get(impatient); !errors.Is(err, context.Canceled) {
				t.Errorf("one that only waits: %v", err)
			}
		})
		synctest.Wait()
		stop()
		synctest.Wait()
		cancel()
		synctest.Wait()
		h.release <- struct{}{}
		done.Wait()
	})
}

func TestCallerThatPanicsLetsTheOthersGo(t *testing.T) {
	h := newHand(t)
	whole := h.tokens.fetch
	h.tokens.fetch = func(context.Context) (*token, error) { panic("observer") }
	func() {
		defer func() { _ = recover() }()
		_, _ = h.get(t.Context())
	}()
	h.tokens.fetch = whole
	h.release <- struct{}{}
	h.want(t, "token-0001")
}

// broken is a store that fails at everything.
type broken struct{}

func (broken) Load(context.Context) ([]byte, uint64, error) { return nil, 0, errors.New("away") }
func (broken) Save(context.Context, []byte, uint64) (bool, error) {
	return false, errors.New("away")
}
func (broken) Lock(context.Context) (func(), error) { return nil, errors.New("away") }

func TestStoreThatFailsCostsATokenAndNothingElse(t *testing.T) {
	o := access(ecKey())
	o.Tokens = broken{}
	client, s := granted(t, o, ecKey(), nil)
	for range 3 {
		if err := client.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	wantTokens(t, s, 1)
}

// unlocked is a store whose lock cannot be had, as when its owner has died.
type unlocked struct{ *memory }

func (unlocked) Lock(context.Context) (func(), error) { return nil, context.DeadlineExceeded }

func TestTokenOfAnotherIsTakenOverWithoutTheLock(t *testing.T) {
	o := access(ecKey())
	store := newMemory()
	o.Tokens = store
	first, s := granted(t, o, ecKey(), nil)
	o.Tokens = unlocked{store}
	second := must(New(Options{Account: "1234567_SB1", BaseURL: first.sentTo, Credentials: o}))
	defer second.Close()
	for _, c := range []*Client{first, second} {
		if err := c.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	wantTokens(t, s, 1)
}

func TestClockThatIsOffIsNamed(t *testing.T) {
	server := httptest.NewServer(answering(401, map[string]string{"Date": time.Now().Add(-2 * time.Minute).UTC().Format(http.TimeFormat)}, `{"error":"invalid_client"}`))
	defer server.Close()
	client := must(New(Options{Account: "1", BaseURL: server.URL, Credentials: access(ecKey())}))
	defer client.Close()
	if err := client.Probe(t.Context()); ClassOf(err) != Login || !strings.Contains(err.Error(), "the clock here is off by 2m") {
		t.Errorf("%v", err)
	}
}

func TestClientsThatShareAStoreFetchOneToken(t *testing.T) {
	o := access(ecKey())
	store := newMemory()
	o.Tokens = store
	first, s := granted(t, o, ecKey(), nil)
	second := must(New(Options{Account: "1234567_SB1", BaseURL: first.sentTo, Credentials: o}))
	defer second.Close()
	for _, c := range []*Client{first, second, first} {
		if err := c.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	wantTokens(t, s, 1)
	// One finds that it is revoked; the other takes over the new one.
	if err := s.TurnJSON([]byte(`{"revokeToken":{"next":1}}`)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*Client{first, second} {
		if err := c.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	wantTokens(t, s, 2)
	if bytes.Contains(store.sealed, []byte("eyJ")) || bytes.Contains(store.sealed, []byte(first.tokens.current.value.Reveal())) {
		t.Errorf("the store holds a token that can be read: %q", store.sealed)
	}
}

func TestSealedTokensOpenForTheirOwnSignInOnly(t *testing.T) {
	key := ecKey()
	mine := must(newSealer(key, "account 1"))
	original := newToken(secret.New("token-0001"), time.Now(), time.Hour)
	sealed := must(mine.seal(original))
	got, err := must(newSealer(key, "account 1")).open(sealed)
	if err != nil || !got.value.Equal(original.value) || !got.renew.Equal(original.renew) || !got.expires.Equal(original.expires) {
		t.Errorf("%v, %v", got, err)
	}
	if again := must(mine.seal(original)); bytes.Equal(again, sealed) {
		t.Error("sealed twice the same")
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	other := must(newSealer(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), "account 1"))
	for name, c := range map[string]struct {
		s    *sealer
		text []byte
	}{
		"another key": {other, sealed}, "another account": {must(newSealer(key, "account 2")), sealed},
		"changed": {mine, changed}, "cut": {mine, sealed[:5]}, "empty": {mine, nil},
		"no token": {mine, mine.aead.Seal(make([]byte, 12), make([]byte, 12), []byte("{}"), mine.bound)},
	} {
		if _, err := c.s.open(c.text); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}

func TestGrantsAreReadLeniently(t *testing.T) {
	now := time.Now()
	for text, life := range map[string]time.Duration{
		`{"access_token":"abcdefgh","expires_in":3600,"token_type":"bearer"}`:         time.Hour,
		`{"access_token":"abcdefgh","expires_in":"1800","token_type":"Bearer"}`:       30 * time.Minute,
		`{"access_token":"abcdefgh","expires_in":" 60 ","token_type":"BEARER","x":1}`: time.Minute,
		`{"access_token":"abcdefgh","expires_in":3599.9}`:                             3599900 * time.Millisecond,
		`{"access_token":"abcdefgh"}`:                                                 time.Hour,
		`{"access_token":"abcdefgh","expires_in":null}`:                               time.Hour,
		`{"access_token":"abcdefgh","expires_in":-5}`:                                 time.Hour,
		`{"access_token":"abcdefgh","expires_in":"NaN"}`:                              time.Hour,
		`{"access_token":"abcdefgh","expires_in":1e300}`:                              longestLife,
	} {
		got, err := readGrant([]byte(text), now)
		if err != nil || got.renew.Sub(now).Round(time.Millisecond) != time.Duration(float64(life)*renewAt).Round(time.Millisecond) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		``, `[]`, `{}`, `{"access_token":""}`, `{"access_token":"a b"}`, `{"access_token":"abcdefgh\r\nX: y"}`,
		`{"access_token":1}`, `{"access_token":"abcdefgh","token_type":"mac"}`,
		`{"access_token":"` + strings.Repeat("a", maxToken+1) + `"}`,
	} {
		if _, err := readGrant([]byte(text), now); err == nil || strings.Contains(err.Error(), "abcdefgh") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func FuzzGrant(f *testing.F) {
	f.Add([]byte(`{"access_token":"abcdefgh","expires_in":"60","token_type":"Bearer"}`))
	now := time.Now()
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := readGrant(body, now)
		if err != nil {
			return
		}
		if strings.ContainsAny(got.value.Reveal(), " \r\n\x00") || !got.renew.After(now) || !got.expires.After(got.renew) || got.expires.Sub(now) > longestLife {
			t.Errorf("%q is taken as %s", body, sprint(got))
		}
	})
}

// TestFailureToGetATokenIsNeverTheDocuments is about the class: what a lane does with it must not depend on the document.
func TestFailureToGetATokenIsNeverTheDocuments(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   Class
	}{
		"invalid_request":   {answering(400, nil, `{"error":"invalid_request"}`), Login},
		"unknown word":      {answering(400, nil, `{"error":"computer_says_no"}`), Login},
		"no word":           {answering(403, nil, `{}`), Login},
		"not found":         {answering(404, nil, `{"o:errorDetails":[{"detail":"The record instance does not exist.","o:errorCode":"NONEXISTENT_ID"}]}`), Login},
		"too many":          {answering(429, map[string]string{"Retry-After": "7"}, `{"error":"x"}`), Busy},
		"concurrency":       {answering(400, nil, `{"o:errorDetails":[{"o:errorCode":"CONCURRENCY_LIMIT_EXCEEDED"}]}`), Busy},
		"JSON 500":          {answering(500, nil, `{"error":{"code":"UNEXPECTED_ERROR"}}`), Down},
		"maintenance":       {answering(503, nil, `<html>later</html>`), Down},
		"page":              {answering(200, nil, `<html>sign in</html>`), Down},
		"login page":        {answering(302, map[string]string{"Location": "https://system.netsuite.com/login"}, ""), Down},
		"no token":          {answering(200, nil, `{"expires_in":3600}`), Down},
		"reset":             {func(w http.ResponseWriter, _ *http.Request) { reset(t, w) }, Down},
		"body that is cut":  {raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\""), Down},
		"gateway's refusal": {answering(403, nil, `<html>blocked</html>`), Down},
	} {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != tokenPath {
					calls.Add(1)
				}
				c.answer(w, r)
			}))
			defer server.Close()
			var observed []Observation
			client := must(New(Options{
				Account: "1", BaseURL: server.URL, Credentials: access(ecKey()),
				Observe: func(o Observation) { observed = append(observed, o) },
			}))
			defer client.Close()
			_, err := client.Create(t.Context(), "vendorBill", []byte(`{}`))
			var e *Error
			if ClassOf(err) != c.want || !errors.As(err, &e) || e.Write {
				t.Errorf("%q, want %q: %v", ClassOf(err), c.want, err)
			}
			if name == "too many" && e.RetryAfter != 7*time.Second {
				t.Errorf("retry after %s", e.RetryAfter)
			}
			if calls.Load() != 0 || len(observed) != 1 || observed[0].Kind != "token" || observed[0].Class != c.want {
				t.Errorf("%d calls without a token, observed %+v", calls.Load(), observed)
			}
			if busy, _ := client.Slots(); busy != 0 {
				t.Errorf("%d slots are kept", busy)
			}
		})
	}
}

func TestTokenIsNotSentToWhereARedirectLeads(t *testing.T) {
	var leaked atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			leaked.Add(1)
		}
	}))
	defer other.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == tokenPath {
			io.WriteString(w, `{"access_token":"canary-token"}`)
			return
		}
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	client := must(New(Options{Account: "1", BaseURL: server.URL, Credentials: access(ecKey())}))
	defer client.Close()
	if _, err := client.ServerTime(t.Context()); ClassOf(err) != Down || leaked.Load() != 0 {
		t.Errorf("%v; sent %d times", err, leaked.Load())
	}
}
