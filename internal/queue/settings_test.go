package queue

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// archive creates INBOUND with settings of somebody else.
func (f *fixture) archive(change func(*jetstream.StreamConfig)) jetstream.JetStream {
	f.t.Helper()
	js, err := jetstream.New(f.connect())
	if err != nil {
		f.t.Fatal(err)
	}
	c := Options{Prefix: f.prefix}.withDefaults().streams()[0]
	change(&c)
	if _, err := js.CreateStream(f.ctx, c); err != nil {
		f.t.Fatal(err)
	}
	return js
}

func TestStreamsThatWouldLoseDocumentsAreRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*jetstream.StreamConfig)
		want   string
	}{
		"work queue":             {func(c *jetstream.StreamConfig) { c.Retention = jetstream.WorkQueuePolicy }, "retention is WorkQueue, wanted is Limits"},
		"in memory":              {func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage }, "storage is Memory, wanted is File"},
		"other subjects":         {func(c *jetstream.StreamConfig) { c.Subjects = []string{"t.inbound.main.>"} }, "subjects is [t.inbound.main.>]"},
		"few readers":            {func(c *jetstream.StreamConfig) { c.MaxConsumers = 10 }, "max_consumers is 10"},
		"nothing is deleted":     {func(c *jetstream.StreamConfig) { c.DenyDelete = true }, "deny_delete is true"},
		"acknowledged too early": {func(c *jetstream.StreamConfig) { c.PersistMode = jetstream.AsyncPersistMode }, "persist_mode is true"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.archive(tt.change)
			_, err := Open(f.ctx, f.connect(), f.connect(), Options{Prefix: f.prefix})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want a word on %s", err, tt.want)
			}
			if _, remedy, ok := strings.Cut(err.Error(), ";"); !ok || remedy == "" {
				t.Errorf("%v does not say what to do", err)
			}
		})
	}
}

func TestEverythingThatIsWrongIsSaidAtOnce(t *testing.T) {
	f := newFixture(t)
	f.archive(func(c *jetstream.StreamConfig) { c.Retention, c.DenyDelete = jetstream.InterestPolicy, true })
	_, err := Open(f.ctx, f.connect(), f.connect(), Options{Prefix: f.prefix})
	if err == nil || !strings.Contains(err.Error(), "retention") || !strings.Contains(err.Error(), "deny_delete") {
		t.Errorf("got %v", err)
	}
}

func TestSafeSettingsAreBroughtUpToDate(t *testing.T) {
	f := newFixture(t)
	js := f.archive(func(c *jetstream.StreamConfig) {
		c.MaxAge, c.Discard, c.MaxMsgs, c.MaxMsgSize, c.MaxMsgsPerSubject = time.Hour, jetstream.DiscardOld, 10, 1<<20, 5
		c.MaxBytes, c.NoAck, c.AllowDirect, c.Description = 1<<20, true, false, ""
	})
	found, err := CheckStores(f.ctx, f.connect(), Options{Prefix: f.prefix})
	if err != nil {
		t.Fatal(err)
	}
	if got := found[0].Settings; len(got) != 9 || refusal(got) != nil || !found[1].Missing {
		t.Errorf("found %+v", got)
	}
	if _, err := Open(f.ctx, f.connect(), f.connect(), Options{Prefix: f.prefix, Guest: true}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a guest, with the other streams missing: %v", err)
	}
	if c := config(f, js); c.MaxAge != time.Hour {
		t.Errorf("a guest changed it: %+v", c)
	}
	f.queue(func(o *Options) { o.MaxBytes = 4 << 20 })
	c := config(f, js)
	if c.MaxAge != 0 || c.Discard != jetstream.DiscardNew || c.MaxMsgs > 0 || c.MaxMsgSize > 0 || c.MaxMsgsPerSubject > 0 || c.MaxBytes != 4<<20 || c.NoAck || !c.AllowDirect {
		t.Errorf("%+v", c)
	}
	found, err = CheckStores(f.ctx, f.connect(), Options{Prefix: f.prefix, MaxBytes: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range found {
		if len(s.Settings) != 0 || s.Missing {
			t.Errorf("%s: %+v", s.Stream, s.Settings)
		}
	}
}

func config(f *fixture, js jetstream.JetStream) jetstream.StreamConfig {
	f.t.Helper()
	s, err := js.Stream(f.ctx, f.prefix+"-"+inbound)
	if err != nil {
		f.t.Fatal(err)
	}
	return s.CachedInfo().Config
}

func TestABoundBelowWhatIsStoredIsRefused(t *testing.T) {
	f := newFixture(t)
	q := f.queue()
	for i := range 10 {
		f.publish(q, doc("PO-1", fmt.Sprint("p", i)))
	}
	_, err := Open(f.ctx, f.connect(), f.connect(), Options{Prefix: f.prefix, MaxBytes: 1 << 10})
	if err == nil || !strings.Contains(err.Error(), "nats.max_bytes") {
		t.Errorf("got %v", err)
	}
	if n := f.count(q, inbound); n != 10 {
		t.Errorf("%d of 10 documents are left", n)
	}
}

func TestBucketsThatExpireAreMended(t *testing.T) {
	f := newFixture(t)
	js, err := jetstream.New(f.connect())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateKeyValue(f.ctx, jetstream.KeyValueConfig{Bucket: "t-" + bucketOrders, TTL: time.Hour, Storage: jetstream.FileStorage}); err != nil {
		t.Fatal(err)
	}
	q := f.queue()
	status, err := q.bucket(bucketOrders).Status(f.ctx)
	if err != nil || status.TTL() != 0 {
		t.Errorf("%v, %v", status, err)
	}
}

func TestInstallationsShareAServer(t *testing.T) {
	f := newFixture(t)
	a := f.queue()
	f.prefix = "other"
	b := f.queue()
	e := doc("PO-1", "p1")
	f.publish(a, e)
	if _, err := b.Status(f.ctx, e.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the other installation has it: %v", err)
	}
}
