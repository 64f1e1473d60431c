package queue

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Setting is a setting of a stream that is not what the installation wants.
type Setting struct {
	Stream string `json:"stream"`
	Field  string `json:"field"` // as NATS calls it
	Found  string `json:"found"`
	Wanted string `json:"wanted"`
	Means  string `json:"means"` // what the difference does
	// Remedy is what a person has to do. Empty: the programs change it at their start, and nothing is lost by that.
	Remedy string `json:"remedy,omitempty"`
}

// Error says what is wrong and what to do.
func (s Setting) Error() string {
	text := fmt.Sprintf("stream %s: %s is %s, wanted is %s: %s", s.Stream, s.Field, s.Found, s.Wanted, s.Means)
	if s.Remedy != "" {
		text += "; " + s.Remedy
	}
	return text
}

// refusal returns an error with every setting that needs a person, or nil.
func refusal(settings []Setting) error {
	var refused []error
	for _, s := range settings {
		if s.Remedy != "" {
			refused = append(refused, s)
		}
	}
	return errors.Join(refused...)
}

// settings compares a stream of so many bytes with what the installation wants.
func (s store) settings(have jetstream.StreamConfig, bytes uint64) []Setting {
	want := s.want
	var all []Setting
	// differ notes a setting; without a remedy it is changed at the next start.
	differ := func(field string, found, wanted any, means, remedy string) {
		if found != wanted {
			all = append(all, Setting{Stream: want.Name, Field: field, Found: fmt.Sprint(found), Wanted: fmt.Sprint(wanted), Means: means, Remedy: remedy})
		}
	}
	const anew = "this cannot be changed on a stream: choose another nats prefix, or move the stream away"
	edit := "change it with: nats stream edit " + want.Name
	differ("storage", have.Storage, want.Storage, "its contents would not survive a restart", anew)
	differ("max_age", age(have.MaxAge), age(want.MaxAge), "entries are removed at another age; what is gone already stays away", "")
	differ("num_replicas", have.Replicas, want.Replicas, "other copies than configured", "")
	if s.bucket {
		return all
	}
	differ("retention", have.Retention, want.Retention, "documents would be removed once read, and a resend not be recognised", anew)
	if !slices.Equal(have.Subjects, want.Subjects) {
		differ("subjects", fmt.Sprint(have.Subjects), fmt.Sprint(want.Subjects), "documents would be stored elsewhere or nowhere", edit)
	}
	differ("mirror or sources", have.Mirror != nil || len(have.Sources) > 0, false, "others would write to it", anew)
	differ("subject_transform", have.SubjectTransform != nil, false, "documents would not be found by their subjects", edit)
	differ("persist_mode", async(have), false, "acknowledged documents would be lost in a crash", anew)
	differ("sealed", have.Sealed, false, "nothing can be stored in it any more", anew)
	differ("deny_delete", have.DenyDelete, false, "letters, and documents that are forgotten, could not be removed", anew)
	if have.MaxConsumers > 0 && have.MaxConsumers < leastConsumers {
		differ("max_consumers", have.MaxConsumers, want.MaxConsumers, "lanes and readers need more", anew)
	}
	differ("discard", have.Discard, want.Discard, "a full stream would forget old documents in place of refusing new ones", "")
	differ("discard_new_per_subject", have.DiscardNewPerSubject, want.DiscardNewPerSubject, "a later message would be refused", "")
	differ("max_msgs", bound(have.MaxMsgs), bound(want.MaxMsgs), "it would be full after so many messages", "")
	differ("max_msg_size", bound(int64(have.MaxMsgSize)), bound(int64(want.MaxMsgSize)), "larger documents would be refused", "")
	differ("no_ack", have.NoAck, want.NoAck, "nothing would be acknowledged", "")
	fewer := ""
	if want.MaxMsgsPerSubject > 0 {
		fewer = "NATS would remove the older messages of a subject; look at them first, then " + edit
	}
	differ("max_msgs_per_subject", bound(have.MaxMsgsPerSubject), bound(want.MaxMsgsPerSubject), "how many messages of a subject stay", fewer)
	less := ""
	if want.MaxBytes > 0 && bytes > uint64(want.MaxBytes) {
		less = fmt.Sprintf("it holds %d bytes already and would take nothing more; set nats.max_bytes above that", bytes)
	}
	differ("max_bytes", bound(have.MaxBytes), bound(want.MaxBytes), "it is full at another size", less)
	differ("allow_direct", have.AllowDirect, want.AllowDirect, "readers can ask only the leader", "")
	differ("description", have.Description, want.Description, "only a text", "")
	return all
}

// leastConsumers is the fewest that lanes and readers get along with: as many as the server's own default.
const leastConsumers = 1000

func async(c jetstream.StreamConfig) bool { return c.PersistMode == jetstream.AsyncPersistMode }

// bound shows a limit of NATS, where every number below 1 is none.
func bound(n int64) string {
	if n <= 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

func age(d time.Duration) string {
	if d <= 0 {
		return "none"
	}
	return d.String()
}
