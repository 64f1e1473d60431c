package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
	"counterpunch/internal/netsuite"
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

func (i *installation) flags(cmd *cobra.Command) {
	i.fileFlag(cmd)
	cmd.Flags().StringVar(&i.nats, "nats", "", "`address` of NATS in place of the configuration's, such as the one that counterpunch serve prints")
}

// load reads the configuration.
func (i *installation) load(parts ...config.Part) (*config.Config, error) {
	return loadConfig(i.path, "give another with --config or "+configEnv+", or make one with: counterpunch config example", parts...)
}

func loadConfig(path, hint string, parts ...config.Part) (*config.Config, error) {
	cfg, err := config.Load(path, parts...)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, usagef("%w; %s", err, hint)
	}
	if err != nil {
		return nil, usageError{err}
	}
	return cfg, nil
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
			return nil, usagef("--nats in place of the configuration's: %w", err) // it may hold a password
		}
	}
	if cfg.NATS.Embedded() {
		return nil, usagef("%s: nats.url is %s, which only the program that runs it can reach by that name; give --nats with the address that counterpunch serve prints", i.path, config.EmbeddedNATS)
	}
	return cfg, nil
}

// connectTimeout is how long a command waits for NATS before it says that it does not answer.
const connectTimeout = 10 * time.Second

// open connects to the installation's NATS. Call the returned function at the end.
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

// account returns an account of the configuration; without a name the only one.
func (i *installation) account(cfg *config.Config, name string) (*config.Account, error) {
	if a, ok := cfg.Account(name); ok {
		return a, nil
	}
	if name == "" && len(cfg.Accounts) == 1 {
		return &cfg.Accounts[0], nil
	}
	names := strings.Join(accountNames(cfg), ", ")
	if name == "" {
		return nil, usagef("%s has several accounts; give one of them with --account: %s", i.path, names)
	}
	return nil, fmt.Errorf("account %q is not in %s, which has %s: %w", name, i.path, names, queue.ErrNotFound)
}

func accountNames(cfg *config.Config) []string {
	names := make([]string, len(cfg.Accounts))
	for i, a := range cfg.Accounts {
		names[i] = a.Name
	}
	return names
}

// loadAccount reads the configuration for what calls one account, without a name the only one. The secrets of others need not
// be there.
func (i *installation) loadAccount(name string) (*config.Config, *config.Account, error) {
	cfg, err := i.load(config.NoSecrets)
	if err != nil {
		return nil, nil, err
	}
	account, err := i.account(cfg, name)
	if err != nil {
		return nil, nil, err
	}
	if cfg, account, err = config.LoadAccount(i.path, account.Name); err != nil {
		return nil, nil, usageError{err}
	}
	return cfg, account, nil
}

// client returns an account with a client for it. Close the client at the end.
func (i *installation) client(name string) (*config.Config, *config.Account, *netsuite.Client, error) {
	cfg, account, err := i.loadAccount(name)
	if err != nil {
		return nil, nil, nil, err
	}
	client, err := newClient(*account)
	return cfg, account, client, err
}

// newClient returns a client that leaves the workers all slots but one.
func newClient(a config.Account) (*netsuite.Client, error) {
	client, err := app.NewClient(a, func(o *netsuite.Options) { o.Slots = 1 })
	if err != nil {
		return nil, usageError{err}
	}
	return client, nil
}
