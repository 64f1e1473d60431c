package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"strings"
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
	nats string
}

// fileFlag is the flag for commands that only need the file.
func (i *installation) fileFlag(cmd *cobra.Command) {
	path := os.Getenv(configEnv)
	if path == "" {
		path = "counterpunch.yaml"
	}
	cmd.Flags().StringVarP(&i.path, "config", "c", path, "configuration `file`; "+configEnv+" names it too")
}

func (i *installation) flag(cmd *cobra.Command) {
	i.fileFlag(cmd)
	cmd.Flags().StringVar(&i.nats, "nats", "", "`address` of NATS in place of the configuration's, such as the one that counterpunch serve prints")
}

const configHint = "give another with --config or " + configEnv + ", or make one with: counterpunch config example"

// load reads the configuration.
func (i *installation) load(parts ...config.Part) (*config.Config, error) {
	return loadConfig(i.path, configHint, parts...)
}

func loadConfig(path, hint string, parts ...config.Part) (*config.Config, error) {
	cfg, err := config.Load(path, parts...)
	if err != nil {
		return nil, unreadable(err, hint)
	}
	return cfg, nil
}

// loadAccount reads the configuration for what calls one account. The secrets of others need not be there.
func (i *installation) loadAccount(name string) (*config.Config, *config.Account, error) {
	cfg, account, err := config.LoadAccount(i.path, name)
	if err != nil {
		return nil, nil, unreadable(err, configHint)
	}
	if account == nil {
		return nil, nil, i.noAccount(cfg, name)
	}
	return cfg, account, nil
}

func unreadable(err error, hint string) error {
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w; %s", err, hint)
	}
	return usageError{err}
}

func (i *installation) noAccount(cfg *config.Config, name string) error {
	return fmt.Errorf("account %q is not in %s, which has %s: %w", name, i.path, strings.Join(accountNames(cfg), ", "), queue.ErrNotFound)
}

func accountNames(cfg *config.Config) []string {
	var names []string
	for _, a := range cfg.Accounts {
		names = append(names, a.Name)
	}
	return names
}

// address reads the configuration with the address of a NATS that a command can reach. No secret of suppliers or accounts
// is resolved: ops need none.
func (i *installation) address() (*config.Config, error) {
	cfg, err := i.load(config.NoSecrets)
	if err != nil {
		return nil, err
	}
	if i.nats != "" {
		cfg.NATS.URL = i.nats
		if err := cfg.Validate(); err != nil {
			return nil, usageError{fmt.Errorf("--nats %s: %w", i.nats, err)}
		}
	}
	if cfg.NATS.Embedded() {
		return nil, usageError{fmt.Errorf("%s: nats.url is %s, which only the program that runs it can reach by that name; give --nats with the address that counterpunch serve prints", i.path, config.EmbeddedNATS)}
	}
	return cfg, nil
}

// open connects to the installation's NATS.
func (i *installation) open(ctx context.Context) (*config.Config, *queue.Queue, func(), error) {
	cfg, err := i.address()
	if err != nil {
		return nil, nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	q, closeQueue, err := app.OpenQueue(ctx, cfg, "counterpunch", zerolog.Nop())
	switch {
	case errors.Is(err, queue.ErrNotFound):
		return nil, nil, nil, err
	case err != nil:
		return nil, nil, nil, unreachableError{err}
	}
	return cfg, q, closeQueue, nil
}

// connectTimeout is how long a command waits for NATS before it says that it does not answer.
const connectTimeout = 10 * time.Second

// actor returns who the audit records say did it: who called sudo rather than root.
func actor() string {
	if name := os.Getenv("SUDO_USER"); name != "" {
		return name
	}
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
	type reply struct {
		text string
		err  error
	}
	// Reading a terminal cannot be interrupted, so Ctrl-C must not wait for it.
	replies := make(chan reply, 1)
	go func() {
		text, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
		replies <- reply{text, err}
	}()
	var answer reply
	select {
	case answer = <-replies:
	case <-cmd.Context().Done():
		return fmt.Errorf("nothing was done: %w", cmd.Context().Err())
	}
	if answer.err != nil && answer.err != io.EOF {
		return refusedError{fmt.Errorf("nothing was done: read the answer: %w; give --yes to go on without asking", answer.err)}
	}
	switch strings.ToLower(strings.TrimSpace(answer.text)) {
	case "y", "yes":
		return nil
	}
	return refusedError{errors.New("nothing was done: not confirmed; --yes goes on without asking")}
}
