package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// store is one stream of the installation: one of the four, or what is behind a bucket or the object store.
type store struct {
	want   jetstream.StreamConfig // of what is behind a bucket only what the installation cares about
	bucket bool                   // its settings belong to NATS, but for how long entries stay and how many copies there are
	create func(context.Context, jetstream.JetStream) error
}

// errExists means that another process has created a store just now.
var errExists = errors.New("it exists")

// stores returns all that the installation keeps, what refers to something else after that; BackupStreams depends on it.
func (o Options) stores() []store {
	var all []store
	for _, c := range o.streams() {
		all = append(all, store{want: c, create: func(ctx context.Context, js jetstream.JetStream) error {
			_, err := js.CreateStream(ctx, c)
			return err
		}})
	}
	behind := func(name, text string, age time.Duration) jetstream.StreamConfig {
		return jetstream.StreamConfig{Name: name, Description: text, Storage: jetstream.FileStorage, Replicas: o.Replicas, MaxAge: age}
	}
	for _, c := range o.buckets() {
		all = append(all, store{want: behind("KV_"+c.Bucket, c.Description, c.TTL), bucket: true, create: func(ctx context.Context, js jetstream.JetStream) error {
			_, err := js.CreateKeyValue(ctx, c)
			return err
		}})
	}
	objects := jetstream.ObjectStoreConfig{Bucket: o.stream(bucketObjects), Description: "what is too large for a message", Storage: jetstream.FileStorage, Replicas: o.Replicas}
	return append(all, store{want: behind("OBJ_"+objects.Bucket, objects.Description, 0), bucket: true, create: func(ctx context.Context, js jetstream.JetStream) error {
		_, err := js.CreateObjectStore(ctx, objects)
		return err
	}})
}

// BackupStreams returns the streams that a backup holds, in the order in which they have to be taken: first INBOUND with
// what its lanes have finished, then what refers to its sequences, and the object store after all that refers to objects.
// Leases, access tokens and the cache are left out, because they are worth nothing later.
func (o Options) BackupStreams() []string {
	var names []string
	for _, s := range o.stores() {
		switch s.want.Name {
		case "KV_" + o.stream(bucketLeases), "KV_" + o.stream(bucketTokens), "KV_" + o.stream(bucketCache):
		default:
			names = append(names, s.want.Name)
		}
	}
	return names
}

// make creates the store. The error is errExists when another process was faster.
func (s store) make(ctx context.Context, js jetstream.JetStream) error {
	err := s.create(ctx, js)
	switch {
	case err == nil:
		return nil
	case apiCode(err) == codeSubjectsOverlap:
		return fmt.Errorf("create stream %s: its subjects %v belong to another stream; give this installation another nats prefix: %w", s.want.Name, s.want.Subjects, err)
	case apiCode(err) == codeNoPeers:
		return fmt.Errorf("create stream %s with %d replicas: NATS knows too few servers with JetStream and room for it; start them, or give nats.replicas what there is: %w",
			s.want.Name, s.want.Replicas, err)
	case errors.Is(err, jetstream.ErrStreamNameAlreadyInUse), errors.Is(err, jetstream.ErrBucketExists):
		return errExists
	}
	return fmt.Errorf("create stream %s with %d replicas: %w", s.want.Name, s.want.Replicas, err)
}

// compare returns where the store's settings are not those of the installation, or ErrNotFound when there is no store.
func (s store) compare(ctx context.Context, js jetstream.JetStream) ([]Setting, error) {
	info, err := s.look(ctx, js)
	if err != nil {
		return nil, err
	}
	return s.settings(info.Config, info.State.Bytes), nil
}

func (s store) look(ctx context.Context, js jetstream.JetStream) (*jetstream.StreamInfo, error) {
	found, err := js.Stream(ctx, s.want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, fmt.Errorf("stream %s: %w", s.want.Name, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("look up stream %s: %w", s.want.Name, err)
	}
	return found.CachedInfo(), nil
}

// update brings the settings that may be changed up to what the installation wants.
func (s store) update(ctx context.Context, js jetstream.JetStream) error {
	info, err := s.look(ctx, js)
	if err != nil {
		return err
	}
	if _, err := js.UpdateStream(ctx, s.merged(info.Config)); err != nil {
		return fmt.Errorf("update stream %s to %d replicas and %d bytes: %w", s.want.Name, s.want.Replicas, s.want.MaxBytes, err)
	}
	return nil
}

// merged returns have with the settings of want that the installation decides.
func (s store) merged(have jetstream.StreamConfig) jetstream.StreamConfig {
	want := s.want
	have.Replicas, have.Description, have.MaxAge = want.Replicas, want.Description, want.MaxAge
	if have.MaxAge > 0 {
		have.Duplicates = min(have.Duplicates, have.MaxAge) // NATS refuses a longer one
	}
	if s.bucket {
		return have
	}
	have.MaxBytes, have.MaxMsgs, have.MaxMsgSize, have.MaxMsgsPerSubject = want.MaxBytes, want.MaxMsgs, want.MaxMsgSize, want.MaxMsgsPerSubject
	have.Discard, have.DiscardNewPerSubject, have.AllowDirect, have.NoAck = want.Discard, want.DiscardNewPerSubject, want.AllowDirect, want.NoAck
	return have
}

// StoreState is one stream of the installation as it is.
type StoreState struct {
	Stream   string    `json:"stream"`
	Missing  bool      `json:"missing,omitempty"`
	Messages uint64    `json:"messages"`
	Bytes    uint64    `json:"bytes"`
	MaxBytes int64     `json:"maxBytes,omitempty"` // 0: no bound
	Replicas int       `json:"replicas,omitempty"`
	FirstSeq uint64    `json:"firstSequence"`
	LastSeq  uint64    `json:"lastSequence"`
	Settings []Setting `json:"settings"` // that differ from what the options want
}

// CheckStores looks at every stream and bucket of the installation, and changes nothing.
func CheckStores(ctx context.Context, nc *nats.Conn, o Options) ([]StoreState, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("check streams: %w", err)
	}
	var all []StoreState
	for _, s := range o.stores() {
		state := StoreState{Stream: s.want.Name, Settings: []Setting{}}
		info, err := s.look(ctx, js)
		switch {
		case errors.Is(err, ErrNotFound):
			state.Missing = true
		case err != nil:
			return nil, unavailable("check streams", err)
		default:
			state.Messages, state.Bytes, state.Replicas = info.State.Msgs, info.State.Bytes, info.Config.Replicas
			state.MaxBytes = max(info.Config.MaxBytes, 0)
			state.FirstSeq, state.LastSeq = info.State.FirstSeq, info.State.LastSeq
			state.Settings = append(state.Settings, s.settings(info.Config, info.State.Bytes)...)
		}
		all = append(all, state)
	}
	return all, nil
}
