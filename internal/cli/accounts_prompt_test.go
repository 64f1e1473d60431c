package cli

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestInterruptedQuestionEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, typed := io.Pipe()
	defer typed.Close() // ends the read that is left behind
	p := &prompter{ctx: ctx, in: in, out: io.Discard}
	cancel()
	var value string
	p.text(&value, "Name", func(string) error { return nil })
	if ExitStatus(p.err) != ExitInterrupted {
		t.Errorf("%v", p.err)
	}
}

func TestAnswersAreReadLineByLineAndNoFurther(t *testing.T) {
	in := strings.NewReader(" main \r\n\tsecret text \nrest")
	p := &prompter{ctx: t.Context(), in: in, out: io.Discard}
	var name string
	p.text(&name, "Name", func(string) error { return nil })
	value := p.secret("Secret")
	if p.err != nil || name != "main" || value.Reveal() != "secret text" || in.Len() != len("rest") {
		t.Errorf("%q, %q, %d left, %v", name, value.Reveal(), in.Len(), p.err)
	}
}

func TestWrongAnswerIsAskedForAgainOnATerminalOnly(t *testing.T) {
	check := func(s string) error {
		if s != "right" {
			return errors.New("wrong answer " + s)
		}
		return nil
	}
	var out strings.Builder
	p := &prompter{ctx: t.Context(), in: strings.NewReader("wrong\n\nright\n"), out: &out, terminal: true}
	var value string
	if p.text(&value, "Say right", check); p.err != nil || value != "right" || strings.Count(out.String(), "Say right: ") != 3 {
		t.Errorf("%q, %v, %q", value, p.err, out.String())
	}
	value = ""
	p = &prompter{ctx: t.Context(), in: strings.NewReader("wrong\nright\n"), out: io.Discard}
	if p.text(&value, "Say right", check); ExitStatus(p.err) != ExitUsage || !strings.Contains(p.err.Error(), "give it as a flag") || strings.Contains(p.err.Error(), "wrong") {
		t.Errorf("%q, %v", value, p.err)
	}
}

func TestAnswerIsBounded(t *testing.T) {
	p := &prompter{ctx: t.Context(), in: strings.NewReader(strings.Repeat("x", 2*maxAnswerLine)), out: io.Discard}
	if value := p.secret("Secret"); ExitStatus(p.err) != ExitUsage || !value.IsZero() {
		t.Errorf("%v", p.err)
	}
}
