package chaos

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// process is a program that is started again whenever it ends, as an init system does.
type process struct {
	name string
	path string
	args []string
	env  []string
	log  string // file that takes what it prints

	mu      sync.Mutex
	running *os.Process   // nil while it is down
	delay   time.Duration // before the next start
	exits   int           // ends by itself
	killed  bool
}

// restartDelay is how long a program that ended by itself waits for its next start.
const restartDelay = 100 * time.Millisecond

// maxExits is how often a program may end by itself before the run is given up. Workers do while NATS is away.
const maxExits = 300

// supervise keeps the program running until ctx ends. It returns when the program is gone.
func (p *process) supervise(ctx context.Context) error {
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the log of %s: %w", p.name, err)
	}
	defer out.Close()
	for ctx.Err() == nil {
		cmd := exec.CommandContext(ctx, p.path, p.args...) // it is killed when ctx ends
		cmd.Env = append(os.Environ(), p.env...)
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("start %s: %w", p.name, err)
		}
		p.set(cmd.Process)
		_ = cmd.Wait() // however it ended, it is started again
		delay, err := p.ended(ctx)
		if err != nil {
			return err
		}
		if pause(ctx, delay) != nil {
			break
		}
	}
	return nil
}

func (p *process) set(running *os.Process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = running
}

// ended notes that the program has ended and returns when to start it again.
func (p *process) ended(ctx context.Context) (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = nil
	if p.killed {
		p.killed = false
		return p.delay, nil
	}
	if p.exits++; p.exits > maxExits && ctx.Err() == nil {
		return 0, fmt.Errorf("%s has ended by itself %d times; see %s", p.name, p.exits, p.log)
	}
	return restartDelay, nil
}

// kill ends the program as kill -9 does and starts it again after the delay. It reports whether the program was running.
func (p *process) kill(delay time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil || p.killed || p.running.Kill() != nil {
		return false
	}
	p.killed, p.delay = true, delay
	return true
}

// freeze stops the program where it is, as a machine does that has no time for it, and lets it go on after d or at the end
// of ctx. It reports whether the program was running.
func (p *process) freeze(ctx context.Context, d time.Duration) bool {
	p.mu.Lock()
	frozen := p.running
	ok := frozen != nil && !p.killed && frozen.Signal(signalFreeze) == nil
	p.mu.Unlock()
	if ok {
		_ = pause(ctx, d)
		_ = frozen.Signal(signalThaw) // it may have been killed meanwhile
	}
	return ok
}

// pause waits for d or for the end of ctx, which is its error.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// build compiles what a run needs into dir.
func build(ctx context.Context, dir string) error {
	for program, source := range map[string]string{
		"ingest": "counterpunch/cmd/ingest", "worker": "counterpunch/cmd/worker", "counterpunch": "counterpunch/cmd/counterpunch",
		"nats-server": "github.com/nats-io/nats-server/v2",
	} {
		cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(dir, program), source)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", program, err, bytes.TrimSpace(out))
		}
	}
	return nil
}
