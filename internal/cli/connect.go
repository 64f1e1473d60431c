package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/user"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
	"counterpunch/internal/queue"
)

// configEnv names the configuration file where --config does not.
const configEnv = "COUNTERPUNCH_CONFIG"

// installation is the running installation that ops commands look at: its configuration and its NATS.
type installation struct {
	path string
}

func (i *installation) flag(cmd *cobra.Command) {
	path := os.Getenv(configEnv)
	if path == "" {
		path = "counterpunch.yaml"
	}
	cmd.Flags().StringVarP(&i.path, "config", "c", path, "configuration `file`; "+configEnv+" names it too")
}

// open connects to the installation's NATS. No secret of suppliers or accounts is resolved: ops need none.
func (i *installation) open(ctx context.Context) (*queue.Queue, func(), error) {
	cfg, err := config.Load(i.path, config.NoSecrets)
	if err != nil {
		return nil, nil, usageError{err}
	}
	if cfg.NATS.Embedded() {
		return nil, nil, usageError{fmt.Errorf("%s: nats.url is %s, which only the program that runs it can reach; give the address that counterpunch serve prints, or use a NATS server", i.path, config.EmbeddedNATS)}
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	q, closeQueue, err := app.OpenQueue(ctx, cfg, "counterpunch", zerolog.Nop())
	if err != nil {
		return nil, nil, unreachableError{err}
	}
	return q, closeQueue, nil
}

// connectTimeout is how long a command waits for NATS before it says that it does not answer.
const connectTimeout = 10 * time.Second

// actor returns who the audit records say did it.
func actor() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}

// confirm asks on the terminal, unless yes is set.
func confirm(cmd *cobra.Command, yes bool, format string, args ...any) error {
	if yes {
		return nil
	}
	fmt.Fprintf(cmd.ErrOrStderr(), format+" [y/N] ", args...)
	var answer string
	if _, err := fmt.Fscanln(cmd.InOrStdin(), &answer); err != nil && err != io.EOF && err.Error() != "unexpected newline" {
		return refusedError{fmt.Errorf("read the answer: %w; give --yes to go on without asking", err)}
	}
	if answer != "y" && answer != "yes" {
		return refusedError{fmt.Errorf("nothing was done: not confirmed")}
	}
	return nil
}
