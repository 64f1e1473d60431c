package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/cxml"
	"counterpunch/internal/document"
	"counterpunch/internal/event"
	"counterpunch/internal/queue"
	"counterpunch/internal/queue/embedded"
	"counterpunch/internal/queue/embedded/embeddedtest"
)

func TestMain(m *testing.M) { embeddedtest.VerifyMain(m) }

// fixture is an installation on a server of its own.
type fixture struct {
	t  *testing.T
	nc *nats.Conn
	q  *queue.Queue
	o  queue.Options
}

// install opens the queue of an installation, which makes its streams where there are none.
func install(t *testing.T, s *embedded.Server) *fixture {
	t.Helper()
	f := &fixture{t: t, nc: embeddedtest.Connect(t, s), o: queue.Options{Prefix: "t", AckWait: time.Second, Lanes: 1, MaxInline: 1 << 10}}
	var err error
	if f.q, err = queue.Open(t.Context(), f.nc, embeddedtest.Connect(t, s), f.o); err != nil {
		t.Fatal(err)
	}
	return f
}

func doc(name string) *event.Event {
	e := &event.Event{
		ID:      event.DocumentID("main", "acme", document.KindOrderConfirmation, name, ""),
		Account: "main", Supplier: "acme", Kind: document.KindOrderConfirmation, Time: time.Now().UTC(),
		PayloadID: name, PayloadHash: "hash of " + name, PartitionKey: "PO-1", Subject: "PO-1",
	}
	e.Data.Document = &document.Document{Kind: e.Kind, PayloadID: name, OrderConfirmation: &document.OrderConfirmation{ConfirmID: name}}
	e.Data.Original = cxml.Original{MediaType: "text/xml", Charset: "UTF-8", CXML: strings.Repeat(name, 1000)}
	return e
}

func (f *fixture) publish(names ...string) {
	f.t.Helper()
	for _, name := range names {
		if _, err := f.q.Publish(f.t.Context(), doc(name)); err != nil {
			f.t.Fatal(err)
		}
	}
}

// end brings the lane's next document to an end.
func (f *fixture) end(r queue.Record) {
	f.t.Helper()
	l, err := f.q.Lane(f.t.Context(), "main", 0)
	if err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(f.t.Context(), time.Minute)
	defer cancel()
	d, err := l.Next(ctx)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := d.End(ctx, r); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) create() string {
	f.t.Helper()
	dir := filepath.Join(f.t.TempDir(), "backup")
	if _, err := Create(f.t.Context(), f.nc, dir, CreateOptions{Streams: f.o.BackupStreams(), Prefix: "t", Version: "test"}); err != nil {
		f.t.Fatal(err)
	}
	return dir
}

func (f *fixture) states() map[string]queue.State {
	f.t.Helper()
	all, err := f.q.Documents(f.t.Context(), queue.Filter{})
	if err != nil {
		f.t.Fatal(err)
	}
	states := map[string]queue.State{}
	for _, s := range all {
		states[s.PayloadID] = s.State
	}
	return states
}

func TestABackupComesBackAsItWas(t *testing.T) {
	f := install(t, embeddedtest.Start(t, embedded.Options{}))
	f.publish("applied", "dead", "waiting")
	f.end(queue.Record{Type: queue.Applied})
	f.end(queue.Record{Type: queue.DeadLettered, Reason: "price-mismatch"})
	if err := f.q.Numbers().Remember(t.Context(), "main", "acme", document.KindInvoice, "INV-1", "the first"); err != nil {
		t.Fatal(err)
	}
	var told []Progress
	dir := filepath.Join(t.TempDir(), "backup")
	m, err := Create(t.Context(), f.nc, dir, CreateOptions{Streams: f.o.BackupStreams(), Prefix: "t", Version: "test", Progress: func(p Progress) { told = append(told, p) }})
	if err != nil {
		t.Fatal(err)
	}
	if s, _ := m.Stream("t-INBOUND"); s.Messages != 3 || s.LastSeq != 3 || len(told) == 0 || told[len(told)-1].Stream != "OBJ_t-ORIGINALS" {
		t.Errorf("%+v, told %+v", s, told)
	}
	if _, err := Verify(t.Context(), dir, VerifyOptions{Temp: t.TempDir()}); err != nil {
		t.Fatal(err)
	}

	other := embeddedtest.Start(t, embedded.Options{})
	nc := embeddedtest.Connect(t, other)
	ready := func(ctx context.Context) error {
		return queue.HoldRestored(ctx, nc, f.o, []string{"main"}, "ops", "restored")
	}
	if _, err := Restore(t.Context(), nc, dir, RestoreOptions{Replicas: 1, Ready: ready}); err != nil {
		t.Fatal(err)
	}
	g := install(t, other)
	if _, err := g.q.AfterRestore(t.Context(), m.Streams[0].LastSeq); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(f.states(), g.states()); diff != "" {
		t.Errorf("states (-before +after):\n%s", diff)
	}
	e, seq, err := g.q.Find(t.Context(), doc("waiting").ID)
	if err != nil || seq != 3 || e.Data.Original.CXML != doc("waiting").Data.Original.CXML {
		t.Errorf("a large document: sequence %d, %v", seq, err)
	}
	if first, err := g.q.Numbers().First(t.Context(), "main", "acme", document.KindInvoice, "INV-1"); err != nil || first != "the first" {
		t.Errorf("an entry of a bucket is %q, %v", first, err)
	}
	if r, err := g.q.Publish(t.Context(), doc("applied")); err != nil || !r.Duplicate {
		t.Errorf("sent again: %+v, %v", r, err)
	}
	if r, err := g.q.Publish(t.Context(), doc("new")); err != nil || r.Sequence != 4 {
		t.Errorf("a new document: %+v, %v", r, err)
	}
	if st, _, err := g.q.Accounts().Get(t.Context(), "main"); err != nil || !st.Held || st.By != "ops" {
		t.Errorf("the account is not held: %+v, %v", st, err)
	}
	if _, err := g.q.Letter(t.Context(), doc("dead").ID); err != nil {
		t.Errorf("the letter: %v", err)
	}
	// The lane goes on where it was: the two that were finished do not come again.
	g.end(queue.Record{Type: queue.Recorded})
	if got := g.states()["waiting"]; got != queue.StateRecorded {
		t.Errorf("the lane handed out something else; waiting is %s", got)
	}
}

// Snapshots are taken one after the other. Here everything happens between the first and the others.
func TestSnapshotsOfDifferentMomentsAreMadeOneWhole(t *testing.T) {
	f := install(t, embeddedtest.Start(t, embedded.Options{}))
	f.publish("dead", "finished")
	f.end(queue.Record{Type: queue.DeadLettered, Reason: "price-mismatch"})
	dir := f.between("t-INBOUND", func() {
		// Replayed and applied: in the backup it is still the dead letter, which was taken out.
		if _, err := f.q.Replay(t.Context(), doc("dead").ID, queue.Decision{Actor: "ops"}); err != nil {
			t.Fatal(err)
		}
		f.end(queue.Record{Type: queue.Applied})
		f.end(queue.Record{Type: queue.Applied})
		f.publish("late", "late dead")
		f.end(queue.Record{Type: queue.Applied})
		f.end(queue.Record{Type: queue.DeadLettered, Reason: "price-mismatch"})
	})

	other := embeddedtest.Start(t, embedded.Options{})
	m, err := Restore(t.Context(), embeddedtest.Connect(t, other), dir, RestoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	g := install(t, other)
	mended, err := g.q.AfterRestore(t.Context(), m.Streams[0].LastSeq)
	if err != nil {
		t.Fatal(err)
	}
	want := queue.Mended{Records: 4, Letters: 1, Rewritten: 1}
	if diff := cmp.Diff(want, mended); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	g.publish("taken meanwhile") // by an ingest that was not stopped: it gets a sequence that a lost one had
	again, err := g.q.AfterRestore(t.Context(), m.Streams[0].LastSeq)
	if diff := cmp.Diff(queue.Mended{}, again); diff != "" || err != nil {
		t.Errorf("a second time (-want +got), %v:\n%s", err, diff)
	}
	if diff := cmp.Diff(map[string]queue.State{"dead": queue.StateDeadLettered, "finished": queue.StateApplied, "taken meanwhile": queue.StateAccepted}, g.states()); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	if _, err := g.q.Replay(t.Context(), doc("dead").ID, queue.Decision{Actor: "ops"}); err != nil {
		t.Fatal(err)
	}
	g.publish("late")
	for range 3 {
		g.end(queue.Record{Type: queue.Applied})
	}
	if diff := cmp.Diff(map[string]queue.State{"dead": queue.StateApplied, "finished": queue.StateApplied, "taken meanwhile": queue.StateApplied, "late": queue.StateApplied}, g.states()); diff != "" {
		t.Errorf("states at the end (-want +got):\n%s", diff)
	}
}

// between backs up, and does something after the snapshot of one stream.
func (f *fixture) between(stream string, do func()) string {
	f.t.Helper()
	dir := filepath.Join(f.t.TempDir(), "backup")
	done := false
	_, err := Create(f.t.Context(), f.nc, dir, CreateOptions{Streams: f.o.BackupStreams(), Progress: func(p Progress) {
		if p.Stream != stream && !done {
			done = true
			do()
		}
	}})
	if err != nil {
		f.t.Fatal(err)
	}
	return dir
}

func TestABackupUnderTrafficIsWhole(t *testing.T) {
	s := embeddedtest.Start(t, embedded.Options{})
	f := install(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stopped := make(chan int)
	begun := make(chan struct{})
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			if n == 20 {
				close(begun)
			}
			if _, err := f.q.Publish(t.Context(), doc(fmt.Sprint("p", n))); err != nil {
				t.Error(err)
				break
			}
		}
		stopped <- n
	}()
	<-begun
	dir := f.create()
	cancel()
	n := <-stopped
	m, err := Verify(t.Context(), dir, VerifyOptions{Temp: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	in, _ := m.Stream("t-INBOUND")
	if in.Messages < 20 || in.Messages > uint64(n) {
		t.Errorf("%d of %d documents are in the backup", in.Messages, n)
	}
}

func TestADamagedBackupIsRefused(t *testing.T) {
	f := install(t, embeddedtest.Start(t, embedded.Options{}))
	f.publish("one")
	for name, tt := range map[string]struct {
		harm func(dir string) error
		want string
	}{
		"a changed byte": {func(dir string) error {
			path := filepath.Join(dir, "t-INBOUND.snapshot")
			body, err := os.ReadFile(path)
			body[len(body)/2] ^= 1
			return errors.Join(err, os.WriteFile(path, body, 0o600))
		}, "t-INBOUND.snapshot is not what was written"},
		"a short file":   {func(dir string) error { return os.Truncate(filepath.Join(dir, "t-HISTORY.snapshot"), 10) }, "has 10 bytes"},
		"a missing file": {func(dir string) error { return os.Remove(filepath.Join(dir, "KV_t-ORDERS.snapshot")) }, "KV_t-ORDERS"},
		"not finished":   {func(dir string) error { return os.Remove(filepath.Join(dir, manifestFile)) }, "is no backup, or one that was not finished"},
		"another count": {func(dir string) error {
			path := filepath.Join(dir, manifestFile)
			body, err := os.ReadFile(path)
			body = bytes.Replace(body, []byte(`"messages": 1,`), []byte(`"messages": 2,`), 1)
			return errors.Join(err, os.WriteFile(path, body, 0o600))
		}, "the backup has 2"},
		"a file elsewhere": {func(dir string) error {
			path := filepath.Join(dir, manifestFile)
			body, err := os.ReadFile(path)
			body = bytes.Replace(body, []byte(`"t-HISTORY.snapshot"`), []byte(`"../t-HISTORY.snapshot"`), 1)
			return errors.Join(err, os.WriteFile(path, body, 0o600))
		}, "is not in the folder"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := f.create()
			if err := tt.harm(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := Verify(t.Context(), dir, VerifyOptions{Temp: t.TempDir()}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("verify: %v, want a word on %s", err, tt.want)
			}
			if _, err := Restore(t.Context(), embeddedtest.Connect(t, embeddedtest.Start(t, embedded.Options{})), dir, RestoreOptions{}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("restore: %v, want a word on %s", err, tt.want)
			}
		})
	}
}

func TestNothingIsOverwritten(t *testing.T) {
	f := install(t, embeddedtest.Start(t, embedded.Options{}))
	f.publish("one")
	dir := f.create()
	if _, err := Restore(t.Context(), f.nc, dir, RestoreOptions{}); err == nil || !strings.Contains(err.Error(), "t-INBOUND is there, with 1 messages") {
		t.Errorf("restore over a store: %v", err)
	}
	if _, err := Create(t.Context(), f.nc, dir, CreateOptions{Streams: f.o.BackupStreams()}); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("backup over a backup: %v", err)
	}
}

// Programs that run while a backup is restored must find the accounts held before there is anything to work on.
func TestTheAccountsAreHeldBeforeDocumentsComeBack(t *testing.T) {
	f := install(t, embeddedtest.Start(t, embedded.Options{}))
	f.publish("one")
	dir := f.create()
	nc := embeddedtest.Connect(t, embeddedtest.Start(t, embedded.Options{}))
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	ready := false
	_, err = Restore(t.Context(), nc, dir, RestoreOptions{Ready: func(ctx context.Context) error {
		ready = true
		if _, err := js.Stream(ctx, "t-INBOUND"); !errors.Is(err, jetstream.ErrStreamNotFound) {
			t.Errorf("INBOUND before the hold: %v", err)
		}
		if err := queue.HoldRestored(ctx, nc, f.o, []string{"main"}, "ops", "restored"); err != nil {
			return err
		}
		kv, err := js.KeyValue(ctx, "t-ACCOUNTS")
		if err != nil {
			return err
		}
		state, err := kv.Get(ctx, "main")
		if err != nil || !bytes.Contains(state.Value(), []byte(`"held":true`)) {
			t.Errorf("the account is not held: %s", state.Value())
		}
		return err
	}})
	if err != nil || !ready {
		t.Fatalf("ready was called: %v, %v", ready, err)
	}
}

func TestARestoreThatBrokeOffGoesOnWhereItWas(t *testing.T) {
	f := install(t, embeddedtest.Start(t, embedded.Options{}))
	f.publish("one", "two")
	f.end(queue.Record{Type: queue.DeadLettered, Reason: "price-mismatch"})
	dir := f.create()
	nc := embeddedtest.Connect(t, embeddedtest.Start(t, embedded.Options{}))
	hold := func(ctx context.Context) error {
		return queue.HoldRestored(ctx, nc, f.o, []string{"main"}, "ops", "restored")
	}
	for _, at := range []string{"t-DEADLETTERS", "t-HISTORY"} { // each time some more come back
		ctx, cancel := context.WithCancel(t.Context())
		_, err := Restore(ctx, nc, dir, RestoreOptions{Ready: hold, Progress: func(p Progress) {
			if p.Stream == at {
				cancel()
			}
		}})
		if err == nil || !strings.Contains(err.Error(), "the same command goes on") {
			t.Fatalf("cut off at %s: %v", at, err)
		}
	}
	broken := errors.New("killed")
	if _, err := Restore(t.Context(), nc, dir, RestoreOptions{Ready: func(ctx context.Context) error { return errors.Join(hold(ctx), broken) }}); !errors.Is(err, broken) {
		t.Fatalf("cut off after the hold: %v", err)
	}
	if _, err := Restore(t.Context(), nc, dir, RestoreOptions{Ready: hold}); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(t.Context(), nc, dir, RestoreOptions{Ready: hold}); !errors.Is(err, ErrStands) {
		t.Errorf("when all stand: %v", err)
	}
}

func TestOlderStreamsAreNotTakenForARestore(t *testing.T) {
	f := install(t, embeddedtest.Start(t, embedded.Options{}))
	f.publish("one")
	f.end(queue.Record{Type: queue.Recorded})
	dir := f.create()
	other := install(t, embeddedtest.Start(t, embedded.Options{}))
	js, err := jetstream.New(other.nc)
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), "t-INBOUND"); err != nil {
		t.Fatal(err)
	}
	_, err = Restore(t.Context(), other.nc, dir, RestoreOptions{})
	if !errors.Is(err, ErrStands) || !strings.Contains(err.Error(), "for s in t-HISTORY ") {
		t.Errorf("%v", err)
	}
	// A server that dies may leave half of a stream behind. Whoever knows that nobody worked with it has it made anew.
	if m, err := Restore(t.Context(), other.nc, dir, RestoreOptions{Again: true}); err != nil || !m.Stands(t.Context(), other.nc) {
		t.Errorf("again: %v", err)
	}
	if _, err = Restore(t.Context(), other.nc, dir, RestoreOptions{Again: true}); !errors.Is(err, ErrStands) {
		t.Errorf("when all stand: %v", err)
	}
}
