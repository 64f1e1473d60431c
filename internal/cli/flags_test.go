package cli

import (
	"bytes"
	"errors"
	"testing"

	"github.com/spf13/cobra"
)

func TestFlagOfFewWordsTakesThoseAndOffersThem(t *testing.T) {
	at := "table"
	cmd := &cobra.Command{Use: "x", RunE: func(*cobra.Command, []string) error { return nil }, SilenceErrors: true, SilenceUsage: true}
	wordFlag(cmd, &at, "output", "o", "form", "table", "json", "csv")
	cmd.SetArgs([]string{"-o", "yaml"})
	if err := cmd.Execute(); err == nil || err.Error() != `invalid argument "yaml" for "-o, --output" flag: give table, json or csv` || at != "table" {
		t.Errorf("%v, and it is %q", err, at)
	}
	cmd.SetArgs([]string{"-o", "csv"})
	if err := cmd.Execute(); err != nil || at != "csv" {
		t.Errorf("%v, and it is %q", err, at)
	}
	var out bytes.Buffer
	cmd.SetOut(&out)
	cmd.SetArgs([]string{"__complete", "-o", ""})
	if err := cmd.Execute(); err != nil || out.String() != "table\njson\ncsv\n:4\n" {
		t.Errorf("%v, and the shell is offered %q", err, &out)
	}
}

func TestAlternativesAreListed(t *testing.T) {
	for want, words := range map[string][]string{"": nil, "a": {"a"}, "a or b": {"a", "b"}, "a, b or c": {"a", "b", "c"}} {
		if got := either(words); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestEveryCheckOfACommandLineIsMadeBeforeAnythingIsDone(t *testing.T) {
	first, second := errors.New("the first"), errors.New("the second")
	for _, tt := range []struct{ first, second, want error }{{first, second, first}, {nil, second, second}, {nil, nil, nil}} {
		ran := false
		cmd := &cobra.Command{Use: "x", RunE: func(*cobra.Command, []string) error { ran = true; return nil }, SilenceErrors: true, SilenceUsage: true}
		before(cmd, func([]string) error { return tt.first })
		before(cmd, func([]string) error { return tt.second })
		cmd.SetArgs(nil)
		if err := cmd.Execute(); !errors.Is(err, tt.want) || ran != (tt.want == nil) {
			t.Errorf("%v and %v: %v, ran %t", tt.first, tt.second, err, ran)
		}
	}
}
