package netsuite

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestNoMoreCallsAtOnceThanSlots(t *testing.T) {
	const slots, calls = 3, 12
	arrived, release := make(chan struct{}, calls), make(chan struct{})
	var now, most atomic.Int32
	client, far := connect(t, func(w http.ResponseWriter, _ *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		arrived <- struct{}{}
		<-release
		now.Add(-1)
		io.WriteString(w, `{"id":"1"}`)
	}, func(o *Options) { o.Slots = slots })
	var done sync.WaitGroup
	for range calls {
		done.Go(func() {
			if _, err := client.PurchaseOrder(t.Context(), "1"); err != nil {
				t.Error(err)
			}
		})
	}
	for range slots {
		<-arrived
	}
	if busy, limit := client.Slots(); busy != slots || limit != slots {
		t.Errorf("%d of %d slots", busy, limit)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.PurchaseOrder(ctx, "2"); !errors.Is(err, context.Canceled) || ClassOf(err) != None {
		t.Errorf("waiting for a slot: %v", err)
	}
	if n := len(far.requests()); n != slots {
		t.Errorf("%d requests while %d slots were taken", n, slots)
	}
	close(release)
	done.Wait()
	if most.Load() != slots {
		t.Errorf("%d calls at once, want %d", most.Load(), slots)
	}
	if busy, _ := client.Slots(); busy != 0 {
		t.Errorf("%d slots are kept", busy)
	}
}

func TestSlotIsGivenBackWhateverHappens(t *testing.T) {
	client, _ := connect(t, func(w http.ResponseWriter, _ *http.Request) { reset(t, w) }, func(o *Options) {
		o.Slots = 1
		o.Observe = func(Observation) { panic("observer") }
	})
	func() {
		defer func() { _ = recover() }()
		_ = read(t, client)
	}()
	if busy, _ := client.Slots(); busy != 0 {
		t.Errorf("%d slots are kept", busy)
	}
}

// TestClientIsSharedByManyWorkers relies on the server's check of every signature, and on the race detector.
func TestClientIsSharedByManyWorkers(t *testing.T) {
	var observed sync.Map
	var count atomic.Int32
	client, far := connect(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet:
			io.WriteString(w, `{"id":"7001"}`)
		case strings.HasSuffix(r.URL.Path, "suiteql"):
			io.WriteString(w, `{"items":[],"hasMore":false}`)
		default:
			made("9001")(w, r)
		}
	}, func(o *Options) {
		o.Slots = 8
		o.Observe = func(s Observation) { count.Add(1); observed.Store(s.Kind+" "+s.Method, s) }
	})
	const workers, rounds = 16, 10
	var done sync.WaitGroup
	for range workers {
		done.Go(func() {
			for range rounds {
				if _, err := client.PurchaseOrder(t.Context(), "7001"); err != nil {
					t.Error(err)
				}
				if _, err := client.Create(t.Context(), "vendorBill", json.RawMessage(`{}`)); err != nil {
					t.Error(err)
				}
				if _, err := client.FindBills(t.Context(), "501", "I 1"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done.Wait()
	nonces := map[string]bool{}
	for _, r := range far.requests() {
		if nonces[r.nonce] {
			t.Errorf("nonce %s is used twice", r.nonce)
		}
		nonces[r.nonce] = true
	}
	if len(nonces) != 3*workers*rounds || int(count.Load()) != len(nonces) {
		t.Errorf("%d requests, %d observed", len(nonces), count.Load())
	}
	for _, want := range []Observation{
		{Method: "GET", Kind: "purchaseOrder", Status: 200}, {Method: "POST", Kind: "vendorBill", Status: 204, Write: true},
		{Method: "POST", Kind: "suiteql", Status: 200},
	} {
		got, ok := observed.Load(want.Kind + " " + want.Method)
		if !ok {
			t.Errorf("no observation of %s", want.Kind)
			continue
		}
		o := got.(Observation)
		if o.Took <= 0 {
			t.Errorf("%s took %s", want.Kind, o.Took)
		}
		o.Took, o.Waited = 0, 0
		if o != want {
			t.Errorf("%+v, want %+v", o, want)
		}
	}
}

// TestConnectionsAreKept: net/http keeps two of them unless told otherwise.
func TestConnectionsAreKept(t *testing.T) {
	var mu sync.Mutex
	peers := map[string]bool{}
	arrived, release := make(chan struct{}, 6), make(chan struct{})
	client, _ := connect(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		peers[r.RemoteAddr] = true
		mu.Unlock()
		arrived <- struct{}{}
		<-release
		io.WriteString(w, `{"id":"1"}`)
	}, func(o *Options) { o.Slots = 6 })
	var done sync.WaitGroup
	put := make(chan error, 6)
	kept := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{PutIdleConn: func(err error) { put <- err }})
	for range 6 {
		done.Go(func() { _, _ = client.PurchaseOrder(kept, "7001") })
	}
	for range 6 {
		<-arrived
	}
	close(release)
	for range 6 {
		if err := <-put; err != nil {
			t.Error(err)
		}
	}
	done.Wait()
	for range 6 {
		done.Go(func() { _ = read(t, client) })
	}
	done.Wait()
	if len(peers) != 6 {
		t.Errorf("%d connections for 6 slots", len(peers))
	}
}
