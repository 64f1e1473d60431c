package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
)

func newConfig() *cobra.Command {
	return group("config", "Print and check the configuration file", newConfigExample(), newConfigCheck())
}

func newConfigExample() *cobra.Command {
	return &cobra.Command{
		Use: "example", Short: "Print a configuration file with comments", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprint(cmd.OutOrStdout(), config.Example())
			return err
		},
	}
}

func newConfigCheck() *cobra.Command {
	return &cobra.Command{
		Use: "check FILE", Short: "Check a configuration file, its secrets and its mapping expressions", Args: exactly("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := loadConfig(args[0], "make one with: counterpunch config example")
			if err != nil {
				return err
			}
			for _, w := range cfg.Warnings() {
				fmt.Fprintln(cmd.ErrOrStderr(), "warning:", w)
			}
			if err := app.Check(cfg); err != nil {
				return usageError{fmt.Errorf("%s: %w", args[0], err)}
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: ok, %d account(s), %d supplier(s)\n", args[0], len(cfg.Accounts), len(cfg.Suppliers))
			return err
		},
	}
}
