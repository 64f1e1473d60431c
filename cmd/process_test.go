package cmd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"counterpunch/internal/chaos"
	"counterpunch/internal/testkit/wait"
)

// process is a program that runs beside the test.
type process struct {
	name   string
	cmd    *exec.Cmd
	out    output // standard output and standard error
	ended  chan struct{}
	status int // exit status, once ended is closed; -1 for a kill
}

// start runs a program of an installation and makes sure that it is gone when the test is. It is not started again.
func start(t *testing.T, of *chaos.Process) *process {
	t.Helper()
	p := &process{name: filepath.Base(of.Path), cmd: exec.Command(of.Path, of.Args...), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), of.Env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		err := p.cmd.Wait()
		exit := (*exec.ExitError)(nil)
		if errors.As(err, &exit) {
			p.status = exit.ExitCode()
		}
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s (process %d) said last:\n%s", p.name, p.cmd.Process.Pid, p.out.tail(6000))
		}
	})
	return p
}

// kill ends the process as kill -9 does and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended already
	<-p.ended
}

// signal sends a signal to the process.
func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatalf("signal %s: %v", p.name, err)
	}
}

// exits waits for the end of the process and returns its exit status.
func (p *process) exits(ctx context.Context, t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
		return p.status
	case <-ctx.Done():
		t.Fatalf("%s has not ended", p.name)
		return 0
	}
}

// stops waits for the end of a process that was told to stop.
func (p *process) stops(ctx context.Context, t *testing.T) {
	t.Helper()
	if status := p.exits(ctx, t); status != 0 {
		t.Errorf("%s ended with status %d after SIGTERM, want 0", p.name, status)
	}
	if stopped := p.name + ".stopped"; !strings.Contains(p.out.String(), stopped) {
		t.Errorf("%s did not log %s", p.name, stopped)
	}
}

// logged waits for a log line with the message and returns its fields.
func (p *process) logged(ctx context.Context, t *testing.T, message string) map[string]any {
	t.Helper()
	var found map[string]any
	wait.Until(ctx, t, p.name+" has logged "+message, func() bool {
		select {
		case <-p.ended:
			t.Fatalf("%s ended with status %d before it logged %s", p.name, p.status, message)
		default:
		}
		for line := range strings.Lines(p.out.String()) {
			fields := map[string]any{}
			if json.Unmarshal([]byte(line), &fields) == nil && fields["message"] == message {
				found = fields
				return true
			}
		}
		return false
	})
	return found
}

// output collects what a process prints.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func (o *output) tail(n int) string {
	s := o.String()
	return s[max(0, len(s)-n):]
}
