package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
	"counterpunch/internal/queue"
)

func newStreams() *cobra.Command {
	return group("streams", "Compare the streams on NATS with the configuration, and bring them up to it",
		newStreamsCheck(), newStreamsMigrate())
}

func newStreamsCheck() *cobra.Command {
	var in installation
	var out output
	cmd := &cobra.Command{
		Use: "check", Short: "List the streams with every setting that differs from what is wanted, and change nothing", Args: exactly(),
		Long: "List every stream and bucket of the installation, what it holds, and each setting that is not what the configuration\n" +
			"and the programs want. Ends with status 1 when a setting has to be changed by a person before the programs start.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, stores, err := in.stores(cmd.Context())
			if err != nil {
				return err
			}
			g := newGrid("stream", "messages", "bytes", "copies", "state~")
			for _, s := range stores {
				g.add(s.Stream, s.Messages, s.Bytes, s.Replicas, storeState(s))
			}
			err = out.show(cmd, stores, func(w io.Writer) {
				g.render(w, widthOf(w))
				printSettings(w, stores)
			})
			if err != nil {
				return err
			}
			return refusedSettings(stores)
		},
	}
	in.flags(cmd)
	out.flag(cmd)
	return cmd
}

func newStreamsMigrate() *cobra.Command {
	var in installation
	var yes, dry bool
	cmd := &cobra.Command{
		Use: "migrate", Short: "Create what is missing and change settings that are safe to change", Args: exactly(),
		Long: "Create the streams and buckets that are missing and change the settings that lose nothing, as the programs do at their\n" +
			"start. When a setting would have to be changed that may lose documents, nothing is done and it is said what to do.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, stores, err := in.stores(cmd.Context())
			if err != nil {
				return err
			}
			changes := printSettings(cmd.OutOrStdout(), stores)
			if err := refusedSettings(stores); err != nil {
				return err
			}
			switch {
			case changes == 0:
				fmt.Fprintln(cmd.OutOrStdout(), "nothing to do")
				return nil
			case dry:
				return nil
			}
			if err := confirm(cmd, yes, "make %d change(s)?", changes); err != nil {
				return err
			}
			if err := app.MigrateStores(cmd.Context(), cfg, zerolog.Nop()); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "done")
			return nil
		},
	}
	in.flags(cmd)
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "only say what would be done")
	return cmd
}

// stores looks at the streams and buckets without opening them.
func (i *installation) stores(ctx context.Context) (*config.Config, []queue.StoreState, error) {
	cfg, err := i.address()
	if err != nil {
		return nil, nil, err
	}
	nc, o, err := app.DialStores(cfg, "counterpunch", zerolog.Nop())
	if err != nil {
		return nil, nil, unreachableError{err}
	}
	defer nc.Close()
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	stores, err := queue.CheckStores(ctx, nc, o)
	return cfg, stores, err
}

func storeState(s queue.StoreState) string {
	switch {
	case s.Missing:
		return "missing: made at the next start"
	case len(s.Settings) > 0:
		return fmt.Sprintf("%d settings differ", len(s.Settings))
	}
	return "as wanted"
}

// printSettings lists what is missing and what differs, and returns how many that are.
func printSettings(w io.Writer, stores []queue.StoreState) int {
	g := newGrid("stream", "setting", "found", "wanted", "means~", "to do~")
	for _, s := range stores {
		if s.Missing {
			g.add(s.Stream, "", "missing", "there", "it is made", "")
		}
		for _, d := range s.Settings {
			todo := d.Remedy
			if todo == "" {
				todo = "nothing: changed at the next start"
			}
			g.add(d.Stream, d.Field, d.Found, d.Wanted, d.Means, todo)
		}
	}
	if len(g.rows) > 0 {
		fmt.Fprintln(w)
		g.render(w, widthOf(w))
	}
	return len(g.rows)
}

// refusedSettings returns an error when settings have to be changed by a person.
func refusedSettings(stores []queue.StoreState) error {
	n := 0
	for _, s := range stores {
		for _, d := range s.Settings {
			if d.Remedy != "" {
				n++
			}
		}
	}
	if n == 0 {
		return nil
	}
	return errors.New("the programs would not start: " + counted(n, "setting has", "settings have") + " to be changed by a person, as listed")
}
