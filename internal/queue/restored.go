package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"counterpunch/internal/event"
)

// Mended is what AfterRestore has done.
type Mended struct {
	Records   int `json:"records"`   // dropped: of documents and replays that are not in the backup
	Letters   int `json:"letters"`   // dropped, likewise
	Rewritten int `json:"rewritten"` // letters that were missing
}

// HoldRestored holds accounts while a restore has not brought INBOUND back yet, so that workers that run begin nothing:
// documents that were finished after the backup come again, and what is in NetSuite has to be known before that.
func HoldRestored(ctx context.Context, nc *nats.Conn, o Options, accounts []string, actor, reason string) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return fmt.Errorf("hold the accounts: %w", err)
	}
	name := o.stream(bucketAccounts)
	kv, err := js.KeyValue(ctx, name)
	if err != nil {
		return unavailable("hold the accounts", err)
	}
	// Nothing else of a queue is there yet.
	q := &Queue{o: o, intake: nc, js: js, kv: map[string]jetstream.KeyValue{name: kv}}
	for _, account := range accounts {
		err := q.Accounts().Update(ctx, account, func(s *AccountState) error {
			if s.Held && s.Reason == reason {
				return nil
			}
			s.Held, s.Reason, s.By, s.Since = true, reason, actor, time.Now().UTC()
			return nil
		})
		if err != nil {
			return fmt.Errorf("hold account %s: %w", account, err)
		}
	}
	return nil
}

// AfterRestore makes one whole of streams whose snapshots show different moments, INBOUND the earliest, with last as its
// last sequence. Call it after a restore with all accounts held; it is safe to repeat, also while documents are taken in.
// New documents get the sequences of those that are not in the backup, so whatever names such a sequence is dropped. A
// letter that was taken out between two snapshots is written again.
func (q *Queue) AfterRestore(ctx context.Context, last uint64) (Mended, error) {
	var done Mended
	waiting, err := q.dropRecords(ctx, last, &done)
	if err != nil {
		return done, err
	}
	for _, stream := range []string{parked, deadletters} {
		if err := q.dropLetters(ctx, stream, last, &done); err != nil {
			return done, err
		}
	}
	for subject, record := range waiting {
		if err := q.rewriteLetter(ctx, subject, record, &done); err != nil {
			return done, err
		}
	}
	return done, nil
}

// dropRecords removes records that judge messages after last, and returns by subject the sequence of the newest record of
// each document that waits for a time or a person.
func (q *Queue) dropRecords(ctx context.Context, last uint64, done *Mended) (map[string]uint64, error) {
	waiting := map[string]uint64{}
	var later []uint64
	err := q.walk(ctx, history, q.filterSubject(history, Filter{}), true, 1, ^uint64(0), func(m *stored) error {
		if judged(m) > last {
			later = append(later, m.Sequence)
			return nil
		}
		if letterStream(recordType(m)) != "" {
			waiting[m.Subject] = m.Sequence
		} else {
			delete(waiting, m.Subject)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, seq := range later {
		if err := q.remove(ctx, history, seq); err != nil {
			return nil, err
		}
		done.Records++
	}
	return waiting, nil
}

func (q *Queue) dropLetters(ctx context.Context, stream string, last uint64, done *Mended) error {
	heads, err := q.scan(ctx, stream, q.filterSubject(stream, Filter{}), true)
	if err != nil {
		return err
	}
	for _, h := range heads {
		if judged(h) <= last {
			continue
		}
		if err := q.remove(ctx, stream, h.Sequence); err != nil {
			return err
		}
		done.Letters++
	}
	return nil
}

// rewriteLetter writes the letter that a record of HISTORY asks for, unless it is there.
func (q *Queue) rewriteLetter(ctx context.Context, subject string, seq uint64, done *Mended) error {
	m, err := q.at(ctx, q.intake, history, seq)
	if err != nil || m == nil {
		return err
	}
	r, err := readRecord(m)
	if err != nil {
		return fmt.Errorf("write the letter of %s again: %w", subject, err)
	}
	stream := letterStream(r.Type)
	where := q.subject(stream, r.Account, r.Kind, event.Key(r.DocumentID))
	there, err := q.last(ctx, q.intake, stream, where)
	if err != nil || there != nil {
		return err
	}
	e, err := q.eventAt(ctx, r.Sequence)
	if errors.Is(err, ErrNotFound) {
		q.log.Error().Str("document_id", r.DocumentID).Msg("letter.document_missing")
		return nil
	}
	if err != nil {
		return err
	}
	letter, err := q.letterMessage(ctx, e, *r, where)
	if err != nil {
		return err
	}
	if _, err := q.write(ctx, q.intake, q.js, stream, letter, where, 0); err != nil {
		return fmt.Errorf("write the letter of document %s again: %w", r.DocumentID, err)
	}
	done.Rewritten++
	return nil
}

// eventAt returns the event of a message of INBOUND, or ErrNotFound.
func (q *Queue) eventAt(ctx context.Context, seq uint64) (*event.Event, error) {
	m, err := q.at(ctx, q.intake, inbound, seq)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, fmt.Errorf("message %d of %s: %w", seq, q.o.stream(inbound), ErrNotFound)
	}
	ce, err := event.FromMessage(m.Header, m.Data)
	if err != nil {
		return nil, err
	}
	e, err := event.FromCloudEvent(ce)
	if err != nil {
		return nil, err
	}
	return e, q.checkOut(ctx, e)
}
