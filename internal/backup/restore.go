package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// RestoreOptions say how a backup is brought back.
type RestoreOptions struct {
	Replicas int // copies of each stream; those of the backup when 0
	Progress func(Progress)
}

// Restore makes the streams of the backup in dir on a server that has none of them. What was written to is verified first.
// When one stream cannot be restored those before it stay: remove them, and start again.
func Restore(ctx context.Context, nc *nats.Conn, dir string, o RestoreOptions) (Manifest, error) {
	m, err := Read(dir)
	if err != nil {
		return m, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return m, fmt.Errorf("restore %s: %w", dir, err)
	}
	if err := absent(ctx, js, m); err != nil {
		return m, err
	}
	if err := checkFiles(ctx, dir, m, nil); err != nil {
		return m, err
	}
	for i, s := range m.Streams {
		p := Progress{Stream: s.Name, Number: i + 1, Of: len(m.Streams), Total: s.Size}
		err := put(ctx, nc, dir, s, o.Replicas, func(done int64) {
			p.Done = done
			tell(o.Progress, p)
		})
		if err != nil {
			return m, fmt.Errorf("restore stream %s: %w", s.Name, err)
		}
	}
	return m, nil
}

// absent returns an error when any stream of the backup is there already: a restore adds to nothing and overwrites nothing.
func absent(ctx context.Context, js jetstream.JetStream, m Manifest) error {
	// A cluster without a leader answers nothing.
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	var there []error
	for _, s := range m.Streams {
		found, err := js.Stream(ctx, s.Name)
		switch {
		case errors.Is(err, jetstream.ErrStreamNotFound):
		case err != nil:
			return fmt.Errorf("look for stream %s: %w", s.Name, err)
		default:
			there = append(there, fmt.Errorf("stream %s is there, with %d messages", s.Name, found.CachedInfo().State.Msgs))
		}
	}
	if len(there) > 0 {
		return fmt.Errorf("a backup is restored only where nothing is: stop the programs and restore to an empty server, or remove these streams there:\n%w", errors.Join(there...))
	}
	return nil
}

// put restores one stream and compares it with the manifest.
func put(ctx context.Context, nc *nats.Conn, dir string, s Stream, replicas int, progress func(int64)) error {
	config, err := withReplicas(s.Config, replicas)
	if err != nil {
		return err
	}
	f, err := os.Open(filepath.Join(dir, s.File))
	if err != nil {
		return err
	}
	defer f.Close() // nothing was written
	now, err := writeSnapshot(ctx, nc, s.Name, config, s.State, f, progress)
	if err != nil {
		return err
	}
	return s.compare(now)
}

// compare returns an error when a restored stream is not what was backed up.
func (s Stream) compare(now jetstream.StreamState) error {
	// An empty stream begins at 0 or at 1.
	if now.Msgs != s.Messages || now.LastSeq != s.LastSeq || s.Messages > 0 && now.FirstSeq != s.FirstSeq {
		return fmt.Errorf("it has %d messages from %d to %d, and the backup has %d from %d to %d", now.Msgs, now.FirstSeq, now.LastSeq, s.Messages, s.FirstSeq, s.LastSeq)
	}
	return nil
}

// withReplicas returns the configuration with another number of copies.
func withReplicas(config json.RawMessage, replicas int) (json.RawMessage, error) {
	if replicas == 0 {
		return config, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(config, &fields); err != nil {
		return nil, fmt.Errorf("read its settings: %w", err)
	}
	fields["num_replicas"] = json.RawMessage(fmt.Sprint(replicas))
	return json.Marshal(fields)
}
