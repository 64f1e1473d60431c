package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestStackUndoesFromTheLastToTheFirstAndOnce(t *testing.T) {
	var s stack
	var undone []string
	broken := errors.New("it broke")
	for _, name := range []string{"nats", "worker", "ingest"} {
		s.push(name, func(context.Context) error {
			undone = append(undone, name)
			if name == "worker" {
				return broken
			}
			return nil
		})
	}
	err := s.unwind(t.Context())
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "stop worker: it broke") {
		t.Errorf("the error is %v, want that of the worker with its name", err)
	}
	if want := []string{"ingest", "worker", "nats"}; !slices.Equal(undone, want) {
		t.Errorf("undone %v, want %v: one that fails does not keep the others", undone, want)
	}
	if err := s.unwind(t.Context()); err != nil || len(undone) != 3 {
		t.Errorf("a second unwind did something again: %v, %v", undone, err)
	}
}
