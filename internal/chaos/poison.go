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
	return perform(ctx, o.withDefaults(150), scene{name: "poison", knobs: brisk, act: poison, setup: func(s *Setup) { s.Worker = programFragile }})
}

func poison(ctx context.Context, s *stage) error {
	panics, err := s.spoil(kindInvoice, suffixPanic)
	if err != nil {
		return err
	}
	kills, err := s.spoil(kindConfirmation, suffixDeath)
	if err != nil {
		return err
	}
	s.evidence.Letters = map[string]string{panics: "internal", kills: "poison"}
	if err := s.supplier.Send(ctx, Again(s.documents, 0, s.random), 5*time.Second/time.Duration(len(s.documents))); err != nil {
		return err
	}
	if err := s.await(ctx, len(s.documents)); err != nil {
		return err
	}
	deaths := 0
	for _, w := range s.installation.Workers {
		deaths += w.Starts() - 1
	}
	s.note("%s panicked its worker, %s killed it %d times; both are dead letters after %.0f s", panics, kills, deaths, time.Since(s.began).Seconds())
	if deaths == 0 {
		s.found.Add(Other, "no worker was killed")
	}
	return nil
}

// spoil lets a document of a kind, to which no other refers, meet a fault of the worker, and returns its payloadID.
func (s *stage) spoil(kind, suffix string) (string, error) {
	for n := range s.documents {
		d := &s.documents[n]
		referred := slices.ContainsFunc(s.documents, func(o Document) bool { return o.Previous == d.PayloadID })
		if d.Kind == kind && !referred && len(d.Portions) == 1 {
			name, _, _ := strings.Cut(d.PayloadID, "@")
			d.PayloadID = name + suffix
			return d.PayloadID, nil
		}
	}
	return "", fmt.Errorf("seed %d gives no %s to spoil", s.options.Seed, kind)
}
