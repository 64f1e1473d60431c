package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// openStream creates the stream, or brings the limits of an existing one up to the configuration unless a guest asks. It
// refuses one whose settings would lose documents.
func openStream(ctx context.Context, js jetstream.JetStream, want jetstream.StreamConfig, guest bool) error {
	s, err := js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		_, err = js.CreateStream(ctx, want)
		if err == nil {
			return nil
		}
		if apiCode(err) == codeSubjectsOverlap {
			return fmt.Errorf("create stream %s: its subjects %v belong to another stream; give this installation another nats prefix: %w", want.Name, want.Subjects, err)
		}
		if !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return fmt.Errorf("create stream %s with %d replicas: %w", want.Name, want.Replicas, err)
		}
		// Another process was faster.
		s, err = js.Stream(ctx, want.Name)
	}
	if err != nil {
		return fmt.Errorf("look up stream %s: %w", want.Name, err)
	}
	have := s.CachedInfo().Config
	if err := compatible(have, want); err != nil {
		return err
	}
	if guest || have.Replicas == want.Replicas && have.MaxBytes == want.MaxBytes && have.Description == want.Description && have.AllowDirect == want.AllowDirect {
		return nil
	}
	have.Replicas, have.MaxBytes, have.Description, have.AllowDirect = want.Replicas, want.MaxBytes, want.Description, want.AllowDirect
	if _, err := js.UpdateStream(ctx, have); err != nil {
		return fmt.Errorf("update stream %s to %d replicas and %d bytes: %w", want.Name, want.Replicas, want.MaxBytes, err)
	}
	return nil
}

// compatible refuses a stream that somebody set up, or changed, in a way that would lose documents or accept them twice.
func compatible(have, want jetstream.StreamConfig) error {
	refuse := func(setting string, value any, why, remedy string) error {
		return fmt.Errorf("stream %s: %s is %v: %s; %s", want.Name, setting, value, why, remedy)
	}
	edit := "change it with `nats stream edit " + want.Name + "`"
	anew := "this cannot be changed on a stream: choose another nats prefix, or move the stream away"
	switch {
	case have.Retention != want.Retention:
		return refuse("retention", have.Retention, "documents would be removed once read, and a resend not be recognised", anew)
	case have.Storage != want.Storage:
		return refuse("storage", have.Storage, "documents would not survive a restart", anew)
	case have.MaxAge != 0:
		return refuse("max_age", have.MaxAge, "waiting documents would be deleted", edit)
	case have.MaxMsgs > 0:
		return refuse("max_msgs", have.MaxMsgs, "it must have no limit", edit)
	case have.MaxMsgsPerSubject != want.MaxMsgsPerSubject:
		return refuse("max_msgs_per_subject", have.MaxMsgsPerSubject, fmt.Sprintf("it must be %d", want.MaxMsgsPerSubject), edit)
	case have.Discard != want.Discard:
		return refuse("discard", have.Discard, "a full stream would forget old documents instead of refusing new ones", edit)
	case !slices.Equal(have.Subjects, want.Subjects):
		return refuse("subjects", have.Subjects, fmt.Sprintf("they must be %v", want.Subjects), edit)
	case have.Mirror != nil || len(have.Sources) > 0:
		return refuse("mirror or sources", true, "others would write to it", anew)
	case have.PersistMode == jetstream.AsyncPersistMode:
		return refuse("persist_mode", "async", "acknowledged documents would be lost in a crash", anew)
	case have.MaxConsumers > 0 && have.MaxConsumers < 1000:
		return refuse("max_consumers", have.MaxConsumers, "lanes and readers need more", anew)
	}
	return nil
}

// The buckets.
const (
	bucketOrders   = "ORDERS"
	bucketClaims   = "CLAIMS"
	bucketCache    = "CACHE"
	bucketAccounts = "ACCOUNTS"
	bucketLookups  = "LOOKUPS"
	bucketJobs     = "JOBS"
	bucketLeases   = "LEASES"
	bucketTokens   = "TOKENS"
	bucketNumbers  = "NUMBERS"
	bucketObjects  = "ORIGINALS"
)

func (o Options) buckets() []jetstream.KeyValueConfig {
	text := map[string]string{
		bucketOrders:   "order ledgers",
		bucketClaims:   "which document owns an external id",
		bucketCache:    "order number to internal id",
		bucketAccounts: "lanes, holds and credential state of each account",
		bucketLookups:  "lookup tables of the mapping",
		bucketJobs:     "jobs of operators",
		bucketLeases:   "which process does what only one may do",
		bucketTokens:   "sealed access tokens to NetSuite",
		bucketNumbers:  "which document was the first with a business number",
	}
	var all []jetstream.KeyValueConfig
	for _, name := range []string{bucketOrders, bucketClaims, bucketCache, bucketAccounts, bucketLookups, bucketJobs, bucketLeases, bucketTokens, bucketNumbers} {
		c := jetstream.KeyValueConfig{Bucket: o.stream(name), Description: text[name], History: 1, Storage: jetstream.FileStorage, Replicas: o.Replicas}
		switch name {
		case bucketCache:
			c.TTL = o.CacheAge
		case bucketNumbers:
			c.TTL = numbersAge
		case bucketTokens:
			c.TTL = tokenAge
		}
		all = append(all, c)
	}
	return all
}

// openBucket returns the bucket and creates it if it is missing. A guest changes no settings of one that is there.
func openBucket(ctx context.Context, js jetstream.JetStream, want jetstream.KeyValueConfig, guest bool) (jetstream.KeyValue, error) {
	kv, err := js.KeyValue(ctx, want.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = js.CreateKeyValue(ctx, want)
		if errors.Is(err, jetstream.ErrBucketExists) {
			kv, err = js.KeyValue(ctx, want.Bucket)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", want.Bucket, err)
	}
	status, err := kv.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up bucket %s: %w", want.Bucket, err)
	}
	have := status.Config()
	if have.TTL != 0 && want.TTL == 0 {
		return nil, fmt.Errorf("bucket %s: its entries expire after %s, but they must stay; remove the TTL", want.Bucket, have.TTL)
	}
	if !guest && (have.Replicas != want.Replicas || have.TTL != want.TTL) {
		have.Replicas, have.TTL = want.Replicas, want.TTL
		if kv, err = js.UpdateKeyValue(ctx, have); err != nil {
			return nil, fmt.Errorf("update bucket %s to %d replicas: %w", want.Bucket, want.Replicas, err)
		}
	}
	return kv, nil
}

// openObjects is openBucket for the object store.
func openObjects(ctx context.Context, js jetstream.JetStream, want jetstream.ObjectStoreConfig, guest bool) (jetstream.ObjectStore, error) {
	if guest {
		if s, err := js.ObjectStore(ctx, want.Bucket); !errors.Is(err, jetstream.ErrBucketNotFound) {
			return s, err
		}
	}
	return js.CreateOrUpdateObjectStore(ctx, want)
}

// Open connects to the streams and buckets of the installation and creates what is missing. Publishing goes through one
// connection and the lanes through the other, because thousands of waiting pulls slow a connection down. It refuses
// streams whose settings would lose documents; the error says which and what to do.
func Open(ctx context.Context, intake, lanes *nats.Conn, o Options) (*Queue, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	q := &Queue{o: o, intake: intake, lanes: lanes, log: o.Logger, kv: make(map[string]jetstream.KeyValue)}
	var err error
	if q.js, err = jetstream.New(intake); err != nil {
		return nil, fmt.Errorf("open queue: %w", err)
	}
	if q.laneJS, err = jetstream.New(lanes); err != nil {
		return nil, fmt.Errorf("open queue: %w", err)
	}
	for _, c := range o.streams() {
		if err := persist(ctx, func(ctx context.Context) error { return openStream(ctx, q.js, c, o.Guest) }); err != nil {
			return nil, err
		}
	}
	for _, c := range o.buckets() {
		err := persist(ctx, func(ctx context.Context) (err error) {
			q.kv[c.Bucket], err = openBucket(ctx, q.laneJS, c, o.Guest)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	objects := jetstream.ObjectStoreConfig{Bucket: o.stream(bucketObjects), Description: "what is too large for a message", Storage: jetstream.FileStorage, Replicas: o.Replicas}
	err = persist(ctx, func(ctx context.Context) (err error) {
		q.objects, err = openObjects(ctx, q.js, objects, o.Guest)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open object store %s: %w", objects.Bucket, err)
	}
	return q, nil
}

// openTime bounds the opening of one stream. A cluster that has just started has no leader for some seconds and answers
// nothing until then.
const openTime = 30 * time.Second

// persist repeats what the servers do not answer, until they do or openTime is over.
func persist(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	for try := 0; ; try++ {
		one, done := context.WithTimeout(ctx, requestTimeout)
		err := do(one)
		done()
		silent := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrNoResponders) || errors.Is(err, nats.ErrTimeout)
		if !silent || !pause(ctx, try) {
			return err
		}
	}
}
