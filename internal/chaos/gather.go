package chaos

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// settling is how long metrics may take to show what is: the depth of the queue is read every 5 s at most.
const settling = 20 * time.Second

// gather reads what the programs and the streams say once everything is at rest.
func (s *Stage) gather(ctx context.Context) error {
	e, i := &s.Evidence, s.Installation
	var err error
	e.Documents, e.Accepted, e.Answers, e.Posts, e.Frozen = s.Documents, s.Supplier.Accepted(), s.Supplier.answers, s.Supplier.posts, s.Options.Freeze
	if e.Books, err = i.Books(ctx); err != nil {
		return err
	}
	if e.Journal, err = ReadJournal(i.Journal); err != nil {
		return err
	}
	if e.Stores, err = i.Stores(ctx); err != nil {
		return err
	}
	if e.Outages, err = i.outages(); err != nil {
		return err
	}
	// A program that was killed last is not up yet, and what the gauges show may be some seconds old.
	for until := time.Now().Add(settling); ; {
		scrapes, err := i.scrape(ctx)
		if e.Scrapes = scrapes; err == nil && len(gauges(*e)) == 0 {
			return nil
		}
		if time.Now().After(until) {
			return err
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

// leaks looks for the secrets in everything that was written and can be looked at (I7): the files of the run, metrics, and
// what the CLI shows of dead letters.
func (s *Stage) leaks(ctx context.Context) ([]string, error) {
	keys, folder, err := s.Installation.nats.keys()
	if err != nil {
		return nil, err
	}
	secrets := append([]string{s.Supplier.secret, consumerSecret, tokenSecret}, keys...)
	found, err := leaksOf(secrets, s.Options.Dir, folder)
	if err != nil {
		return nil, err
	}
	for name, scrape := range s.Evidence.Scrapes {
		found = append(found, leaks(secrets, "the metrics of "+name, scrape.Text)...)
	}
	views := [][]string{
		{"documents", "ls", "-o", "json"}, {"accounts", "ls", "-o", "json"}, {"deadletters", "ls", "-o", "json"}, {"jobs", "ls", "-o", "json"},
		{"documents", "ls"}, {"accounts", "ls"}, {"deadletters", "ls"}, {"streams", "check"}, {"config", "check", s.Installation.config},
	}
	const shown = 14
	for payloadID, id := range s.Evidence.Accepted {
		if _, letter := s.Evidence.Stores.Letters[Key(id)]; letter && len(views) < shown {
			views = append(views, []string{"deadletters", "show", id, "-o", "json"})
		} else if strings.HasSuffix(payloadID, "0@chaos.example") && len(views) < shown {
			views = append(views, []string{"documents", "show", id, "-o", "json"})
		}
	}
	for _, args := range views {
		text, err := s.Installation.Command(ctx, args...)
		if err != nil {
			return nil, fmt.Errorf("look for secrets: %w", err)
		}
		found = append(found, leaks(secrets, "counterpunch "+strings.Join(args, " "), text)...)
	}
	slices.Sort(found)
	return found, nil
}
