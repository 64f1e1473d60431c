package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"counterpunch/internal/secret"
)

// prompter asks for what was not given. After the first error it asks nothing more.
type prompter struct {
	in       io.Reader
	out      io.Writer
	terminal bool
	said     bool
	err      error
}

func newPrompter(cmd *cobra.Command) *prompter {
	return &prompter{in: cmd.InOrStdin(), out: cmd.ErrOrStderr(), terminal: isTerminal(cmd.InOrStdin())}
}

// text asks for a value unless it was given, and checks it. On a terminal a wrong answer is asked for again.
func (p *prompter) text(value *string, question string, check func(string) error) {
	given := *value != ""
	for p.err == nil {
		if !given {
			p.question(question)
			*value, p.err = p.line()
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
		case given, !p.terminal:
			p.err = usageError{fmt.Errorf("%s: %w", question, err)}
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
	var text string
	if f, ok := p.in.(*os.File); ok && p.terminal {
		var raw []byte
		raw, p.err = term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(p.out)
		text = string(raw)
	} else {
		text, p.err = p.line()
	}
	text = strings.TrimSpace(text)
	if p.err == nil && text == "" {
		p.err = usageError{fmt.Errorf("%s: an answer is needed", question)}
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
			return "", usageError{errors.New("standard input ended before the answer")}
		case err != nil:
			return "", fmt.Errorf("read the answer: %w", err)
		}
	}
	return "", usageError{errors.New("the answer is too long")}
}
