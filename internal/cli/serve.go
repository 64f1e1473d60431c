package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"counterpunch/internal/app"
	"counterpunch/internal/telemetry"
)

func newServe() *cobra.Command {
	var in installation
	cmd := &cobra.Command{
		Use: "serve", Short: "Run intake and worker in one process, with an embedded NATS server if the configuration says so",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := in.load()
			if err != nil {
				return err
			}
			log, err := telemetry.NewLogger(telemetry.LogOptions{Level: cfg.Log.Level, Format: cfg.Log.Format, Program: "serve", Out: cmd.ErrOrStderr()})
			if err != nil {
				return usageError{err}
			}
			app.LogConfig(log, cfg)
			return app.RunServe(cmd.Context(), cfg, log, func(a app.Addresses) {
				fmt.Fprintf(cmd.OutOrStdout(), "suppliers\t%s\nnats\t%s\ningest admin\t%s\nworker admin\t%s\n", a.Suppliers, a.NATS, a.IngestAdmin, a.WorkerAdmin)
			})
		},
	}
	in.fileFlag(cmd)
	return cmd
}
