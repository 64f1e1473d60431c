package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// command returns the CLI as an operator runs it.
func (i *Installation) command(ctx context.Context, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(i.setup.Programs, ProgramCounterpunch), args...)
	cmd.Dir, cmd.Env = i.setup.Dir, append(append(os.Environ(), i.env()...), "COUNTERPUNCH_CONFIG="+i.config)
	return cmd
}

// Command runs the CLI and returns what it printed.
func (i *Installation) Command(ctx context.Context, args ...string) ([]byte, error) {
	out, err := i.command(ctx, args).CombinedOutput()
	if err != nil {
		return out, fmt.Errorf("counterpunch %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return out, nil
}

// Interrupted runs the CLI, kills it as kill -9 does at a random moment within a time, and reports whether it was killed before
// it ended. A command that ended with an error is no kill.
func (i *Installation) Interrupted(ctx context.Context, r *rand.Rand, within time.Duration, args ...string) (killed bool, out []byte, err error) {
	life, end := context.WithTimeout(ctx, time.Duration(r.Int63n(int64(within))))
	defer end()
	out, err = i.command(life, args).CombinedOutput()
	exit := (*exec.ExitError)(nil)
	switch {
	case err == nil:
		return false, out, nil
	case life.Err() != nil && (errors.Is(err, context.DeadlineExceeded) || errors.As(err, &exit) && exit.ExitCode() < 0):
		return true, out, ctx.Err()
	}
	return false, out, fmt.Errorf("counterpunch %s: %w: %s", strings.Join(args, " "), err, bytes.TrimSpace(out))
}

// Succeed gives a command again and again until it succeeds, as somebody does whose servers are being killed.
func (i *Installation) Succeed(ctx context.Context, args ...string) ([]byte, error) {
	for {
		out, err := i.Command(ctx, args...)
		if err == nil {
			return out, nil
		}
		if pause(ctx, 500*time.Millisecond) != nil {
			return out, err
		}
	}
}

// without does something while all of these processes are down.
func without(ctx context.Context, down []*Process, do func() error) error {
	if len(down) == 0 {
		return do()
	}
	return down[0].Without(ctx, func() error { return without(ctx, down[1:], do) })
}
