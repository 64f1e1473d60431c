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
	"time"
)

// process is a program that runs beside the test.
type process struct {
	name   string
	cmd    *exec.Cmd
	out    output // standard output and standard error
	ended  chan struct{}
	status int // exit status, once ended is closed; -1 for a kill
}

// start runs a program and makes sure that it is gone when the test is.
func start(t *testing.T, env []string, path string, args ...string) *process {
	t.Helper()
	p := &process{name: filepath.Base(path), cmd: exec.Command(path, args...), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
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
func (p *process) exits(t *testing.T, within time.Duration) int {
	t.Helper()
	limit := time.NewTimer(within)
	defer limit.Stop()
	select {
	case <-p.ended:
		return p.status
	case <-limit.C:
		t.Fatalf("%s has not ended within %s", p.name, within)
		return 0
	}
}

// logged waits for a log line with the message and returns its fields.
func (p *process) logged(ctx context.Context, t *testing.T, message string) map[string]any {
	t.Helper()
	var found map[string]any
	await(ctx, t, p.name+" to log "+message, func() bool {
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

// printed waits for a line "label<TAB>value" and returns the value.
func (p *process) printed(ctx context.Context, t *testing.T, label string) string {
	t.Helper()
	var value string
	await(ctx, t, p.name+" to print "+label, func() bool {
		for line := range strings.Lines(p.out.String()) {
			if v, ok := strings.CutPrefix(line, label+"\t"); ok && strings.HasSuffix(v, "\n") {
				value = strings.TrimSpace(v)
				return true
			}
		}
		return false
	})
	return value
}

// await looks until done reports true. It fails the test when ctx ends first.
func await(ctx context.Context, t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		}
	}
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
