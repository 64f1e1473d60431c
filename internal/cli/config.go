package cli

import (
	"errors"
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
	var without bool
	cmd := &cobra.Command{
		Use: "check FILE", Short: "Check a configuration file, its secrets and its mapping expressions", Args: exactly("FILE"),
		Long: "Check a configuration file, its secrets and its mapping expressions. What is wrong is told with line and column.\n" +
			"--without-secrets is for a machine that does not have them, such as that of a pull request: that each is\n" +
			"given by a reference is checked, and not what the reference leads to.",
		RunE: func(cmd *cobra.Command, args []string) error {
			check, parts := app.Check, []config.Part(nil)
			if without {
				check, parts = app.CheckMappings, []config.Part{config.NoSecrets}
			}
			cfg, err := loadConfig(args[0], "make one with: counterpunch config example", parts...)
			if err != nil {
				return err
			}
			for _, w := range cfg.Warnings() {
				fmt.Fprintln(cmd.ErrOrStderr(), "warning:", w)
			}
			err = check(cfg)
			if placed := (*config.Error)(nil); errors.As(err, &placed) {
				return usageError{err}
			} else if err != nil {
				return usagef("%s: %w", args[0], err)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: ok, %d account(s), %d supplier(s)\n", args[0], len(cfg.Accounts), len(cfg.Suppliers))
			return err
		},
	}
	cmd.Flags().BoolVar(&without, "without-secrets", false, "do not look where the references of secrets lead")
	return cmd
}
