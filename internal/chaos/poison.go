package chaos

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// What the payloadID of a document ends with that meets a fault of the fragile worker.
const (
	suffixPanic = "@panic.chaos.example"
	suffixDeath = "@death.chaos.example"
)

// runPoison sends a document that panics the worker, and one that kills the process whenever it is worked on. Everything
// else is applied, and these two become dead letters. The worker is built with one line more, see fragileOverlay.
func runPoison(ctx context.Context, o Options) (Result, error) {
	return Perform(ctx, o.withDefaults(150), Scene{Name: "poison", Knobs: brisk, Act: poison, Setup: func(s *Setup) { s.Worker = programFragile }})
}

func poison(ctx context.Context, s *Stage) error {
	panics, err := s.spoil(kindInvoice, suffixPanic)
	if err != nil {
		return err
	}
	kills, err := s.spoil(kindConfirmation, suffixDeath)
	if err != nil {
		return err
	}
	s.Evidence.Letters = map[string]string{panics: "internal", kills: "poison"}
	if err := s.Supplier.Send(ctx, Again(s.Documents, 0, s.random), 5*time.Second/time.Duration(len(s.Documents))); err != nil {
		return err
	}
	if err := s.Await(ctx, len(s.Documents)); err != nil {
		return err
	}
	deaths := 0
	for _, w := range s.Installation.Workers {
		deaths += w.Starts() - 1
	}
	s.Note("%s panicked its worker, %s killed it %d times; both are dead letters after %.0f s", panics, kills, deaths, time.Since(s.began).Seconds())
	if deaths == 0 {
		s.Find(Other, "no worker was killed")
	}
	return nil
}

// spoil lets a document of a kind, to which no other refers, meet a fault of the worker, and returns its payloadID.
func (s *Stage) spoil(kind, suffix string) (string, error) {
	for n := range s.Documents {
		d := &s.Documents[n]
		referred := slices.ContainsFunc(s.Documents, func(o Document) bool { return o.Previous == d.PayloadID })
		if d.Kind == kind && !referred && len(d.Portions) == 1 {
			name, _, _ := strings.Cut(d.PayloadID, "@")
			d.PayloadID = name + suffix
			return d.PayloadID, nil
		}
	}
	return "", fmt.Errorf("seed %d gives no %s to spoil", s.Options.Seed, kind)
}
