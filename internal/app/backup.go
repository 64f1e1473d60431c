package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"counterpunch/internal/backup"
	"counterpunch/internal/config"
	"counterpunch/internal/queue"
)

// CreateBackup backs the installation up into dir while it runs.
func CreateBackup(ctx context.Context, cfg *config.Config, dir string, progress func(backup.Progress)) (backup.Manifest, error) {
	nc, o, err := DialStores(cfg, "counterpunch", zerolog.Nop())
	if err != nil {
		return backup.Manifest{}, err
	}
	defer nc.Close()
	if err := queue.RefuseRestoring(ctx, nc, o); err != nil {
		return backup.Manifest{}, err
	}
	return backup.Create(ctx, nc, dir, backup.CreateOptions{
		Streams: o.BackupStreams(), Prefix: cfg.NATS.Prefix, Version: BuildVersion(), Progress: progress,
	})
}

// RestoreBackup brings a backup back to the NATS of the configuration, which must hold nothing of the installation, and
// holds every account before anything can be worked on: what NetSuite already has of the documents that were finished
// after the backup must be known before they come again. One that broke off goes on where it was. The server of a
// configuration with an embedded one is started for as long as it takes.
func RestoreBackup(ctx context.Context, cfg *config.Config, dir, actor string, progress func(backup.Progress)) (m backup.Manifest, mended queue.Mended, err error) {
	if m, err = backup.Read(dir); err != nil {
		return m, mended, err
	}
	if m.Prefix != cfg.NATS.Prefix {
		return m, mended, fmt.Errorf("the backup in %s is of the installation with nats.prefix %q, and the configuration has %q: set it to the same", dir, m.Prefix, cfg.NATS.Prefix)
	}
	connect, stop, err := restoreServer(cfg.NATS)
	if err != nil {
		return m, mended, err
	}
	defer func() { err = errors.Join(err, stop(err)) }()
	nc, err := connect("restore")
	if err != nil {
		return m, mended, err
	}
	defer nc.Close()
	o := queueOptions(cfg, zerolog.Nop())
	if err = restoreStreams(ctx, nc, o, dir, m, accountNames(cfg), actor, progress); err != nil {
		return m, mended, err
	}
	o.Restoring = true
	q, connections, err := openQueue(ctx, o, connect)
	if err != nil {
		return m, mended, fmt.Errorf("open what was restored: %w; give the same command again", err)
	}
	defer connections.close()
	if mended, err = q.AfterRestore(ctx, m.Streams[0].LastSeq); err != nil {
		return m, mended, fmt.Errorf("the streams are restored, but not yet made one whole: %w; give the same command again", err)
	}
	if err = queue.EndRestore(ctx, nc, o); err != nil {
		return m, mended, fmt.Errorf("everything is restored, but programs do not know it: %w; give the same command again", err)
	}
	return m, mended, nil
}

// restoreStreams brings the streams back, with the accounts held and programs refused until all is done. When all stand
// already and this backup's restore has not ended, it broke off after them.
func restoreStreams(ctx context.Context, nc *nats.Conn, o queue.Options, dir string, m backup.Manifest, accounts []string, actor string, progress func(backup.Progress)) error {
	name := m.Started.Format("2006-01-02 15:04:05 MST")
	reason := fmt.Sprintf("restored from the backup of %s: run counterpunch reconcile before accounts resume", name)
	last, known, err := queue.LastRestore(ctx, nc, o)
	if err != nil {
		return err
	}
	begun := known && last.Backup == name
	_, err = backup.Restore(ctx, nc, dir, backup.RestoreOptions{
		Replicas: o.Replicas, Progress: progress, Again: begun && last.Ended.IsZero(),
		Begin: func(ctx context.Context) error { return queue.BeginRestore(ctx, nc, o, name, actor) },
		Ready: func(ctx context.Context) error { return queue.HoldRestored(ctx, nc, o, accounts, actor, reason) },
	})
	switch {
	case !errors.Is(err, backup.ErrStands) || !begun:
		return err
	case !last.Ended.IsZero():
		return fmt.Errorf("this backup was restored to its end at %s, by %s: nothing is left to do; run counterpunch reconcile", last.Ended.Format(time.DateTime), last.By)
	case m.Stands(ctx, nc):
		return nil
	}
	return err
}

func accountNames(cfg *config.Config) []string {
	names := make([]string, len(cfg.Accounts))
	for i, a := range cfg.Accounts {
		names[i] = a.Name
	}
	return names
}

// restoringFile stands in nats.directory from the beginning of a restore to its end. Two servers on one folder would destroy it,
// so nothing else starts one there meanwhile.
const restoringFile = "restore.unfinished"

// restoreServer returns how to connect to the NATS of the configuration, after starting it if it is embedded. stop is given
// what the restore ended with.
func restoreServer(n config.NATS) (connect func(string) (*nats.Conn, error), stop func(error) error, err error) {
	if !n.Embedded() {
		return func(part string) (*nats.Conn, error) { return dial(n, "counterpunch", part, zerolog.Nop()) }, func(error) error { return nil }, nil
	}
	mark := filepath.Join(n.Directory, restoringFile)
	if err := markRestoring(n.Directory, mark); err != nil {
		return nil, nil, err
	}
	server, err := startEmbedded(n, 0)
	if err != nil {
		return nil, nil, err
	}
	return server.Connect, func(failed error) error {
		if err := server.Close(); err != nil || failed != nil {
			return err
		}
		return os.Remove(mark)
	}, nil
}

// markRestoring begins a restore in a folder that is empty, or in which one broke off. A server that runs has files there.
func markRestoring(dir, mark string) error {
	if _, err := os.Stat(mark); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make nats.directory: %w", err)
	}
	entries, err := os.ReadDir(dir)
	switch {
	case err != nil:
		return fmt.Errorf("look into nats.directory: %w", err)
	case len(entries) > 0:
		return fmt.Errorf("nats.directory %s is not empty: stop counterpunch serve and move the folder away, then restore", dir)
	}
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		return fmt.Errorf("begin the restore in nats.directory: %w", err)
	}
	return nil
}

// refuseUnfinished returns an error while the folder of an embedded server holds a restore that has not ended.
func refuseUnfinished(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, restoringFile)); err == nil {
		return fmt.Errorf("in nats.directory %s %w: give counterpunch backup restore again, or move the folder away", dir, queue.ErrRestoring)
	}
	return nil
}
