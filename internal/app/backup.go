package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

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
	defer func() { err = errors.Join(err, stop()) }()
	nc, err := connect("restore")
	if err != nil {
		return m, mended, err
	}
	defer nc.Close()
	o := queueOptions(cfg, zerolog.Nop())
	if err = restoreStreams(ctx, nc, o, dir, m, accountNames(cfg), actor, progress); err != nil {
		return m, mended, err
	}
	q, connections, err := openQueue(ctx, o, connect)
	if err != nil {
		return m, mended, fmt.Errorf("open what was restored: %w; the accounts are held: give the same command again", err)
	}
	defer connections.close()
	if mended, err = q.AfterRestore(ctx, m.Streams[0].LastSeq); err != nil {
		return m, mended, fmt.Errorf("the streams are restored and the accounts held, but the streams not yet made one whole: %w; give the same command again", err)
	}
	return m, mended, nil
}

// restoreStreams brings the streams back with the accounts held. When all stand already and nobody has resumed an account
// since, a restore broke off after them.
func restoreStreams(ctx context.Context, nc *nats.Conn, o queue.Options, dir string, m backup.Manifest, accounts []string, actor string, progress func(backup.Progress)) error {
	reason := fmt.Sprintf("restored from the backup of %s: run counterpunch reconcile before accounts resume", m.Started.Format("2006-01-02 15:04:05 MST"))
	_, err := backup.Restore(ctx, nc, dir, backup.RestoreOptions{
		Replicas: o.Replicas, Progress: progress,
		Ready: func(ctx context.Context) error { return queue.HoldRestored(ctx, nc, o, accounts, actor, reason) },
	})
	if errors.Is(err, backup.ErrStands) {
		if held, unknown := queue.IsHeldRestored(ctx, nc, o, accounts, reason); unknown == nil && held {
			return nil
		}
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

// restoreServer returns how to connect to the NATS of the configuration, after starting it if it is embedded.
func restoreServer(n config.NATS) (connect func(string) (*nats.Conn, error), stop func() error, err error) {
	if !n.Embedded() {
		return func(part string) (*nats.Conn, error) { return dial(n, "counterpunch", part, zerolog.Nop()) }, func() error { return nil }, nil
	}
	// Two servers on one folder would destroy it, and one that runs has files there.
	entries, err := os.ReadDir(n.Directory)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, nil, fmt.Errorf("look into nats.directory: %w", err)
	case len(entries) > 0:
		return nil, nil, fmt.Errorf("nats.directory %s is not empty: stop counterpunch serve and move the folder away, then restore", n.Directory)
	}
	server, err := startEmbedded(n, 0)
	if err != nil {
		return nil, nil, err
	}
	return server.Connect, server.Close, nil
}
