package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// RestoreOptions say how a backup is brought back.
type RestoreOptions struct {
	Replicas int // copies of each stream; those of the backup when 0
	// Again says that nobody has worked with these streams since a restore of this backup began, which broke off. One that a
	// server left behind half when it died is made anew then, but never the one that is restored last.
	Again bool
	// Begin is called when the backup was found whole and the server fit for it, before anything is written. Its error ends the
	// restore.
	Begin func(context.Context) error
	// Ready is called when all streams stand but the one that was taken first, without which no program can work. Its error
	// ends the restore.
	Ready    func(context.Context) error
	Progress func(Progress)
}

// ErrStands means that the stream is there that is restored last, so that programs may be at work.
var ErrStands = errors.New("a backup is restored only where nothing is")

// Restore makes the streams of the backup in dir on a server that has none of them, in the reverse of the order in which
// they were taken. What was written to disk is verified first. A restore that broke off goes on where it was: until the last
// stands, streams that are at least as new as in the backup are left, because snapshots of later moments do no harm.
func Restore(ctx context.Context, nc *nats.Conn, dir string, o RestoreOptions) (Manifest, error) {
	m, err := Read(dir)
	if err != nil {
		return m, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return m, fmt.Errorf("restore %s: %w", dir, err)
	}
	stands, half, err := standing(ctx, js, m, o.Again)
	if err != nil {
		return m, err
	}
	if err := checkFiles(ctx, dir, m, nil); err != nil {
		return m, err
	}
	if o.Begin != nil {
		if err := o.Begin(ctx); err != nil {
			return m, err
		}
	}
	for _, name := range half {
		if err := js.DeleteStream(ctx, name); err != nil {
			return m, fmt.Errorf("remove stream %s, of which only half is there: %w; may this user of NATS remove streams?", name, err)
		}
	}
	for i, s := range slices.Backward(m.Streams) {
		if i == 0 && o.Ready != nil {
			if err := o.Ready(ctx); err != nil {
				return m, err
			}
		}
		p := Progress{Stream: s.Name, Number: len(m.Streams) - i, Of: len(m.Streams), Total: s.Size}
		if stands[s.Name] {
			p.Done = s.Size
			tell(o.Progress, p)
			continue
		}
		err := put(ctx, nc, js, dir, s, o.Replicas, func(done int64) {
			p.Done = done
			tell(o.Progress, p)
		})
		if err != nil {
			return m, fmt.Errorf("restore stream %s: %w; the same command goes on from here", s.Name, err)
		}
	}
	return m, nil
}

// standing returns the streams that are there and at least as new as the backup has them, and those that are older and may be
// made anew. It is an error when the one that is restored last is there, or one that is older otherwise: a restore adds to nothing
// and overwrites nothing.
func standing(ctx context.Context, js jetstream.JetStream, m Manifest, again bool) (stands map[string]bool, half []string, err error) {
	stands = map[string]bool{}
	var names []string
	var there []error
	refused := false
	for i, s := range m.Streams {
		state, err := s.look(ctx, js)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("look for stream %s: %w", s.Name, err)
		}
		names = append(names, s.Name)
		there = append(there, fmt.Errorf("stream %s is there, with %d messages", s.Name, state.Msgs))
		older := state.LastSeq < s.LastSeq
		switch {
		case i == 0 || older && !again:
			refused = true
		case older:
			half = append(half, s.Name)
		default:
			stands[s.Name] = true
		}
	}
	if refused {
		return nil, nil, fmt.Errorf("%w: stop ingest and worker and restore to an empty server. If these streams may go, remove them with a user "+
			"of NATS that may: for s in %s; do nats stream rm -f $s; done\n%w", ErrStands, strings.Join(names, " "), errors.Join(there...))
	}
	return stands, half, nil
}

// Stands reports whether the stream that is restored last is there, as new as the backup has it: then all are.
func (m Manifest) Stands(ctx context.Context, nc *nats.Conn) bool {
	js, err := jetstream.New(nc)
	return err == nil && m.Streams[0].stands(ctx, js)
}

// stands reports whether the stream is there and at least as new as in the backup: a server may still have been at work on
// it for a restore that was cut off, and refuses the next one then.
func (s Stream) stands(ctx context.Context, js jetstream.JetStream) bool {
	state, err := s.look(ctx, js)
	return err == nil && state.LastSeq >= s.LastSeq
}

// settled is how long a server goes on with a stream after the restore of it was cut off.
const settled = 5 * time.Second

// look returns the state of the stream as it is; when it is behind the backup, as it is after some seconds.
func (s Stream) look(ctx context.Context, js jetstream.JetStream) (jetstream.StreamState, error) {
	// A cluster without a leader answers nothing.
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	tick := time.NewTicker(settled / 20)
	defer tick.Stop()
	for until := time.Now().Add(settled); ; {
		found, err := js.Stream(ctx, s.Name)
		if err != nil {
			return jetstream.StreamState{}, err
		}
		state := found.CachedInfo().State
		if state.LastSeq >= s.LastSeq || time.Now().After(until) {
			return state, nil
		}
		select {
		case <-ctx.Done():
			return state, ctx.Err()
		case <-tick.C:
		}
	}
}

// put restores one stream and compares it with the manifest.
func put(ctx context.Context, nc *nats.Conn, js jetstream.JetStream, dir string, s Stream, replicas int, progress func(int64)) error {
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
	if err != nil && s.stands(ctx, js) {
		return nil
	}
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
