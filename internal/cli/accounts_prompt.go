package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"counterpunch/internal/secret"
)

// prompter asks for what was not given. After the first error it asks nothing more.
type prompter struct {
	ctx      context.Context
	in       io.Reader
	out      io.Writer
	terminal bool
	said     bool
	err      error
}

func newPrompter(cmd *cobra.Command) *prompter {
	return &prompter{ctx: cmd.Context(), in: cmd.InOrStdin(), out: cmd.ErrOrStderr(), terminal: isTerminal(cmd.InOrStdin())}
}

// text asks for a value unless it was given, and checks it. On a terminal a wrong answer is asked for again.
func (p *prompter) text(value *string, question string, check func(string) error) {
	given := *value != ""
	for p.err == nil {
		if !given {
			p.question(question)
			*value, p.err = p.answer(p.line)
		}
		if p.err != nil {
			return
		}
		*value = strings.TrimSpace(*value)
		err := errors.New("an answer is needed")
		if *value != "" {
			err = check(*value)
		}
		switch {
		case err == nil:
			return
		case given:
			p.err = usagef("%s: %w", question, err)
		case !p.terminal:
			// Whoever counted the lines wrong has given a secret here.
			p.err = usagef("%s: the line of standard input does not fit, and is not shown because secrets are read from there too; give it as a flag", question)
		default:
			fmt.Fprintln(p.out, err)
		}
	}
}

// secret asks for a secret, which is not shown while it is typed.
func (p *prompter) secret(question string) secret.Value {
	if p.err != nil {
		return secret.Value{}
	}
	p.question(question)
	read := p.line
	if p.terminal {
		fd := int(fileOf(p.in).Fd())
		if state, err := term.GetState(fd); err == nil {
			// Also after Ctrl-C the terminal must show again what is typed.
			defer func() { _ = term.Restore(fd, state) }()
		}
		read = func() (string, error) {
			raw, err := term.ReadPassword(fd)
			return string(raw), err
		}
	}
	var text string
	text, p.err = p.answer(read)
	if p.terminal {
		fmt.Fprintln(p.out)
	}
	text = strings.TrimSpace(text)
	if p.err == nil && text == "" {
		p.err = usagef("%s: an answer is needed", question)
	}
	if p.err != nil {
		return secret.Value{}
	}
	return secret.New(text)
}

func (p *prompter) question(text string) {
	if !p.terminal && !p.said {
		fmt.Fprintln(p.out, "note: standard input is no terminal: answers, secrets too, are read from it, one a line")
		p.said = true
	}
	fmt.Fprint(p.out, text+": ")
	if !p.terminal {
		fmt.Fprintln(p.out)
	}
}

// answer waits for an answer or for Ctrl-C.
func (p *prompter) answer(read func() (string, error)) (string, error) {
	text, err := await(p.ctx, read)
	if p.ctx.Err() != nil {
		return "", interruptedError{errors.New("nothing was written: interrupted")}
	}
	return text, err
}

// maxAnswerLine bounds one answer.
const maxAnswerLine = 16 << 10

// line reads one line byte by byte: a buffer would take away what the next question, asked without echo, is to read.
func (p *prompter) line() (string, error) {
	var b strings.Builder
	for one := make([]byte, 1); b.Len() < maxAnswerLine; {
		n, err := p.in.Read(one)
		if n == 1 && one[0] != '\n' {
			b.WriteByte(one[0])
		}
		switch {
		case n == 1 && one[0] == '\n', errors.Is(err, io.EOF) && b.Len() > 0:
			return strings.TrimSuffix(b.String(), "\r"), nil
		case errors.Is(err, io.EOF):
			return "", usagef("standard input ended before the answer")
		case err != nil:
			return "", fmt.Errorf("read the answer: %w", err)
		}
	}
	return "", usagef("the answer is too long")
}
