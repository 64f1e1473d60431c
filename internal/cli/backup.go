package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"counterpunch/internal/app"
	"counterpunch/internal/backup"
	"counterpunch/internal/config"
)

func newBackup() *cobra.Command {
	return group("backup", "Back up all streams and buckets, verify a backup, restore one",
		newBackupCreate(), newBackupVerify(), newBackupRestore())
}

func newBackupCreate() *cobra.Command {
	var in installation
	var out output
	cmd := &cobra.Command{
		Use: "create DIR", Short: "Back up the installation into an empty folder while it runs", Args: exactly("DIR"),
		Long: "Take a snapshot of every stream and bucket into a folder, with a manifest of counts, sequences and SHA-256 sums. The\n" +
			"installation may go on: documents that arrive meanwhile may be missing in the backup, and then stand in the intake\n" +
			"journal, which is not part of it; keep a copy of that elsewhere. The backup holds what suppliers sent: keep it safe.",
		Example: "  counterpunch backup create /backup/$(date +%F)",
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := in.address()
			if err != nil {
				return err
			}
			m, err := app.CreateBackup(cmd.Context(), cfg, args[0], steps(cmd.ErrOrStderr()))
			if err != nil {
				return err
			}
			return printBackup(cmd, &out, m)
		},
	}
	in.flags(cmd)
	out.flag(cmd)
	return cmd
}

func newBackupVerify() *cobra.Command {
	var out output
	var o backup.VerifyOptions
	cmd := &cobra.Command{
		Use: "verify DIR", Short: "Compare a backup with its sums, and restore it for trial", Args: exactly("DIR"),
		Long: "Compare every file of a backup with the manifest. Then restore it into a NATS server of its own in a temporary folder,\n" +
			"which takes as much room as the streams, and compare counts and sequences. Needs no running installation.",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Progress = steps(cmd.ErrOrStderr())
			m, err := backup.Verify(cmd.Context(), args[0], o)
			if err != nil {
				return err
			}
			return printBackup(cmd, &out, m)
		},
	}
	cmd.Flags().BoolVar(&o.Quick, "quick", false, "only compare the files with their sums")
	cmd.Flags().StringVar(&o.Temp, "temp", "", "`folder` for the trial; that of the system if empty")
	out.flag(cmd)
	return cmd
}

func newBackupRestore() *cobra.Command {
	var in installation
	var yes bool
	cmd := &cobra.Command{
		Use: "restore DIR", Short: "Bring a backup back to a NATS that holds nothing of the installation", Args: exactly("DIR"),
		Long: "Restore every stream and bucket of a backup with its sequences, make one whole of snapshots that show different moments,\n" +
			"and hold every account. Nothing is overwritten: streams that are there have to be moved away first. With an embedded\n" +
			"server, stop counterpunch serve and move its nats.directory away; with --nats or nats.url, stop ingest and worker.\n" +
			"INBOUND comes back last, after the hold: programs that run nevertheless refuse suppliers until then and begin nothing.\n" +
			"A restore that broke off goes on with the same command.\n\n" +
			"Then start the programs, run counterpunch reconcile, which lists what came after the backup and what NetSuite has of\n" +
			"it, have the missing documents sent again, and resume the accounts.",
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := in.target()
			if err != nil {
				return err
			}
			m, err := backup.Read(args[0])
			if err != nil {
				return err
			}
			messages := uint64(0)
			for _, s := range m.Streams {
				messages += s.Messages
			}
			if err := confirm(cmd, yes, "restore the backup of %s, %d streams with %d messages?", stamp(m.Started), len(m.Streams), messages); err != nil {
				return err
			}
			_, mended, err := app.RestoreBackup(cmd.Context(), cfg, args[0], actor(), steps(cmd.ErrOrStderr()))
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			fmt.Fprintf(w, "restored %d streams\n", len(m.Streams))
			fmt.Fprintf(w, "dropped %d records and %d letters of what is not in the backup; wrote %d letters again\n", mended.Records, mended.Letters, mended.Rewritten)
			fmt.Fprintln(w, "held every account; next: counterpunch reconcile, then counterpunch accounts resume")
			return nil
		},
	}
	in.flags(cmd)
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// target is address for a command that may start an embedded server itself.
func (i *installation) target() (*config.Config, error) {
	if i.nats != "" {
		return i.address()
	}
	return i.load(config.NoSecrets)
}

// steps shows progress: on a terminal on one line that changes, else a line a stream.
func steps(w io.Writer) func(backup.Progress) {
	terminal, last := isTerminal(w), ""
	return func(p backup.Progress) {
		switch {
		case terminal:
			end := ""
			if p.Number == p.Of && p.Done >= p.Total {
				end = "\n"
			}
			fmt.Fprintf(w, "\r\033[K%d of %d  %s  %s%s", p.Number, p.Of, p.Stream, config.Size(p.Done), end)
		case p.Stream != last:
			last = p.Stream
			fmt.Fprintf(w, "%d of %d  %s\n", p.Number, p.Of, p.Stream)
		}
	}
}

func printBackup(cmd *cobra.Command, out *output, m backup.Manifest) error {
	g := newGrid("stream", "messages", "last sequence", "file bytes", "sha256~")
	for _, s := range m.Streams {
		g.add(s.Name, s.Messages, s.LastSeq, s.Size, s.SHA256)
	}
	return out.print(cmd, m, g)
}
