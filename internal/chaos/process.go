package chaos

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// Process is a program that is started again whenever it ends, as an init system does.
type Process struct {
	Name string
	Path string
	Args []string
	Dir  string   // working directory; "": this program's
	Env  []string // beside this program's own
	Log  string   // file that takes what it prints

	gate    sync.Mutex // held while it may not be started
	mu      sync.Mutex
	running *os.Process   // nil while it is down
	delay   time.Duration // before the next start
	starts  int
	exits   int // ends by itself
	killed  bool
}

// restartDelay is how long a program that ended by itself waits for its next start.
const restartDelay = 100 * time.Millisecond

// maxExits is how often a program may end by itself before the run is given up. Workers do while NATS is away, and everything
// does while a backup is brought back.
const maxExits = 1000

// Supervise keeps the program running until ctx ends. It returns when the program is gone.
func (p *Process) Supervise(ctx context.Context) error {
	out, err := os.OpenFile(p.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the log of %s: %w", p.Name, err)
	}
	defer out.Close()
	for ctx.Err() == nil {
		cmd, err := p.start(ctx, out)
		if err != nil {
			return err
		}
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

// start starts the program unless Without keeps it down.
func (p *Process) start(ctx context.Context, out io.Writer) (*exec.Cmd, error) {
	p.gate.Lock()
	defer p.gate.Unlock()
	cmd := exec.CommandContext(ctx, p.Path, p.Args...) // it is killed when ctx ends
	cmd.Dir, cmd.Env = p.Dir, append(os.Environ(), p.Env...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.Name, err)
	}
	p.began(cmd.Process)
	return cmd, nil
}

// Without kills the program as kill -9 does, does something while it is down, and lets it be started again.
func (p *Process) Without(ctx context.Context, do func() error) error {
	p.gate.Lock()
	defer p.gate.Unlock()
	p.Kill(0)
	for p.PID() != 0 {
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	return do()
}

func (p *Process) began(running *os.Process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = running
	p.starts++
}

// ended notes that the program has ended and returns when to start it again.
func (p *Process) ended(ctx context.Context) (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = nil
	if p.killed {
		p.killed = false
		return p.delay, nil
	}
	if p.exits++; p.exits > maxExits && ctx.Err() == nil {
		return 0, fmt.Errorf("%s has ended by itself %d times; see %s", p.Name, p.exits, p.Log)
	}
	return restartDelay, nil
}

// Kill ends the program as kill -9 does and starts it again after the delay. It reports whether the program was running.
func (p *Process) Kill(delay time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil || p.killed || p.running.Kill() != nil {
		return false
	}
	p.killed, p.delay = true, delay
	return true
}

// Freeze stops the program where it is, as a machine does that has no time for it, and lets it go on after d or at the end
// of ctx. It reports whether the program was running.
func (p *Process) Freeze(ctx context.Context, d time.Duration) bool {
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

// PID returns the id of the running process, 0 while the program is down.
func (p *Process) PID() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		return 0
	}
	return p.running.Pid
}

// Starts returns how often the program has been started.
func (p *Process) Starts() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.starts
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
