package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"counterpunch/internal/mapping"
	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
)

func TestOneThatFailsDoesNotStopTheOthers(t *testing.T) {
	for _, tt := range []struct {
		name   string
		errs   map[string]error
		status int
		out    string
	}{
		{"all done", nil, ExitOK, "a\treplayed\nb\treplayed\nc\treplayed\n"},
		{"one gone", map[string]error{"b": queue.ErrReplayed}, ExitPartly, "a\treplayed\nc\treplayed\n"},
		{"somebody else was first with all", map[string]error{"a": queue.ErrReplayed, "b": queue.ErrReplayed, "c": queue.ErrReplayed}, ExitRefused, ""},
		{"NATS is gone", map[string]error{"a": queue.ErrUnavailable, "b": queue.ErrUnavailable, "c": queue.ErrUnavailable}, ExitUnreachable, ""},
		{"something else", map[string]error{"a": errors.New("x"), "b": errors.New("x"), "c": errors.New("x")}, ExitFailed, ""},
	} {
		var out bytes.Buffer
		cmd := &cobra.Command{}
		cmd.SetContext(t.Context())
		cmd.SetOut(&out)
		c := change{verb: "replay", done: "replayed", do: func(_ context.Context, s queue.Status) error { return tt.errs[s.ID] }}
		err := c.each(cmd, []queue.Status{{ID: "a"}, {ID: "b"}, {ID: "c"}})
		if got := ExitStatus(err); got != tt.status || out.String() != tt.out {
			t.Errorf("%s: status %d and %q, want %d and %q (%v)", tt.name, got, out.String(), tt.status, tt.out, err)
		}
	}
}

func TestCtrlCEndsAReplayOfMany(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cmd := &cobra.Command{}
	cmd.SetContext(ctx)
	cmd.SetOut(&bytes.Buffer{})
	c := change{verb: "replay", done: "replayed", do: func(context.Context, queue.Status) error { cancel(); return nil }}
	err := c.each(cmd, make([]queue.Status, 3))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "1 of 3 replayed") {
		t.Errorf("the error is %v, want one that says how far it came", err)
	}
}

func TestReplayTellsWhatTheDocumentDoesAgain(t *testing.T) {
	plan, err := json.Marshal(mapping.Plan{Changes: []mapping.Change{{Record: "purchaseOrder", Number: "PO-1", Line: 2, Field: "custcol_cp_status", After: "accept"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		record queue.Record
		want   []string
	}{
		{"never written", queue.Record{Orders: []string{"PO-1"}, Reason: reason.PriceMismatch}, []string{"order PO-1 is read from NetSuite", "nothing was written"}},
		{"no order", queue.Record{}, []string{"as far as it names any"}},
		{
			"outcome unknown", queue.Record{Attempt: 2, Class: "unknown", Plan: plan},
			[]string{"looked up in NetSuite before anything is sent", "purchaseOrder PO-1 line 2 custcol_cp_status: -> accept"},
		},
		{"part of it is there", queue.Record{Attempt: 1, Effects: make([]queue.Effect, 3)}, []string{"3 changes that it made are in NetSuite and are not made twice"}},
	} {
		text := strings.Join(replayDoes(tt.record), "\n")
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: it does not say %q:\n%s", tt.name, want, text)
			}
		}
		if tt.record.Attempt > 0 && strings.Contains(text, "nothing was written") {
			t.Errorf("%s: it says that nothing was written:\n%s", tt.name, text)
		}
	}
}
