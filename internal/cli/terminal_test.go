package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func TestCtrlCEndsAQuestion(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, answer := io.Pipe()
	defer answer.Close() // lets the read go that is left behind
	cmd := &cobra.Command{}
	cmd.SetContext(ctx)
	cmd.SetIn(input{ctx, in})
	asked, errs := io.Pipe()
	cmd.SetErr(errs)
	ended := make(chan error)
	go func() { ended <- confirm(cmd, false, "go on?") }()
	if _, err := asked.Read(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "nothing was done") {
		t.Errorf("the error is %v, want that of the context", err)
	}
}

func TestCtrlCEndsACommandThatReadsWhatIsTyped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, typed := io.Pipe()
	defer typed.Close() // lets the read go that is left behind
	var errs bytes.Buffer
	ended := make(chan int)
	go func() { ended <- Run(ctx, []string{"send", "-"}, in, io.Discard, &errs) }()
	if _, err := io.WriteString(typed, "<cXML"); err != nil {
		t.Fatal(err)
	}
	cancel()
	if status := <-ended; status != ExitInterrupted || errs.String() != "counterpunch: interrupted: read -\n" {
		t.Errorf("it ended with %d: %s", status, &errs)
	}
}

func TestOutputThatIsLostIsNoSuccess(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"version", "-o", "json"}, {"--help"}, {"accounts", "permissions"}} {
		var errs bytes.Buffer
		if status := Run(t.Context(), args, strings.NewReader(""), fullDisk{}, &errs); status != ExitFailed || !strings.Contains(errs.String(), "no space left") {
			t.Errorf("%v ended with %d: %s", args, status, &errs)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestInterruptedCommandSaysHowFarItCame(t *testing.T) {
	for given, want := range map[string]string{
		"context canceled":                    "interrupted",
		"1 of 3 replayed: context canceled":   "interrupted: 1 of 3 replayed",
		"list documents: nats: no responders": "interrupted: list documents: nats: no responders",
	} {
		err := interrupted(errors.New(given))
		if err.Error() != want || ExitStatus(err) != ExitInterrupted {
			t.Errorf("%q with status %d, want %q", err, ExitStatus(err), want)
		}
	}
	said := interruptedError{errors.New("nothing was written: interrupted")}
	if err := interrupted(said); err.Error() != said.Error() {
		t.Errorf("%v", err)
	}
}
