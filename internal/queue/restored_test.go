package queue

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/backup"
)

// A backup of one server is restored to a cluster, with a copy on each of its servers.
func TestABackupIsRestoredToACluster(t *testing.T) {
	if testing.Short() {
		t.Skip("starts three servers")
	}
	f := newFixture(t)
	q := f.queue()
	applied, dead := doc("PO-1", "applied"), doc("PO-1", "dead")
	f.publish(q, applied)
	f.publish(q, dead)
	l := f.lane(q, applied)
	f.end(f.next(l), Record{Type: Applied})
	f.end(f.next(l), Record{Type: DeadLettered})
	dir := filepath.Join(t.TempDir(), "backup")
	if _, err := backup.Create(f.ctx, f.connect(), dir, backup.CreateOptions{Streams: q.o.BackupStreams()}); err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	servers := startCluster(t)
	// Open waits until the cluster has elected who answers.
	if _, err := Open(ctx, servers.connect(0), servers.connect(0), Options{Prefix: "other", Replicas: 3}); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(ctx, servers.connect(0), dir, backup.RestoreOptions{Replicas: 3}); err != nil {
		t.Fatal(err)
	}
	o := q.o
	o.Replicas = 3
	c, err := Open(ctx, servers.connect(1), servers.connect(2), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.AfterRestore(ctx, 2); err != nil {
		t.Fatal(err)
	}
	if g := c.Guarantee(ctx); g.Replicas != 3 {
		t.Errorf("%+v", g)
	}
	for id, want := range map[string]State{applied.ID: StateApplied, dead.ID: StateDeadLettered} {
		if s, err := c.Status(ctx, id); err != nil || s.State != want {
			t.Errorf("%+v, %v, want %s", s, err, want)
		}
	}
	if r, err := c.Publish(ctx, applied); err != nil || !r.Duplicate {
		t.Errorf("sent again: %+v, %v", r, err)
	}
	again := filepath.Join(t.TempDir(), "again")
	if _, err := backup.Create(ctx, servers.connect(0), again, backup.CreateOptions{Streams: o.BackupStreams()}); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Verify(ctx, again, backup.VerifyOptions{Temp: t.TempDir()}); err != nil {
		t.Errorf("a backup of the cluster: %v", err)
	}
}

// Half a restore is nobody's to work with: a program that is started meanwhile makes none of the streams that are not back.
func TestHalfARestoreIsOpenedByNobody(t *testing.T) {
	f := newFixture(t)
	o := Options{Prefix: "t"}
	open := func(o Options) error {
		_, err := Open(f.ctx, f.connect(), f.connect(), o)
		return err
	}
	if err := RefuseRestoring(f.ctx, f.connect(), o); err != nil {
		t.Errorf("an empty server: %v", err)
	}
	if err := BeginRestore(f.ctx, f.connect(), o, "monday", "ops"); err != nil {
		t.Fatal(err)
	}
	for _, guest := range []bool{false, true} {
		if err := open(Options{Prefix: "t", Guest: guest}); !errors.Is(err, ErrRestoring) || !strings.Contains(err.Error(), "ops began with the backup of monday") {
			t.Errorf("guest %v: %v", guest, err)
		}
	}
	stores, err := CheckStores(f.ctx, f.connect(), o)
	for _, s := range stores {
		if !s.Missing && s.Stream != "KV_t-LEASES" {
			t.Errorf("stream %s was made", s.Stream)
		}
	}
	if err != nil {
		t.Error(err)
	}
	if err := open(Options{Prefix: "t", Restoring: true}); err != nil {
		t.Errorf("whoever restores: %v", err)
	}
	if err := EndRestore(f.ctx, f.connect(), o); err != nil {
		t.Fatal(err)
	}
	if err := open(o); err != nil {
		t.Errorf("after its end: %v", err)
	}
	if last, ok, err := LastRestore(f.ctx, f.connect(), o); !ok || last.Backup != "monday" || last.Ended.IsZero() || err != nil {
		t.Errorf("%+v, %v, %v", last, ok, err)
	}
}
