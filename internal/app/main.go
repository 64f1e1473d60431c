package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/rs/zerolog"

	"counterpunch/internal/config"
	"counterpunch/internal/telemetry"
)

// Exit statuses of the daemons.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// Daemon is a program that runs until a signal: ingest or worker.
type Daemon struct {
	Name  string
	Run   func(context.Context, *config.Config, zerolog.Logger) error
	Parts []config.Part // whose secrets it needs; no others are resolved
}

// Main reads the command line and the configuration, runs the daemon until a signal, and returns the exit status.
func (d Daemon) Main(args []string, stderr io.Writer) int {
	complain := func(err error) int {
		fmt.Fprintf(stderr, "%s: %v\n", d.Name, err)
		return exitUsage
	}
	flags := flag.NewFlagSet(d.Name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	path := flags.String("config", "counterpunch.yaml", "configuration `file`")
	show := flags.Bool("version", false, "print the version and end")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage // the flag set has said why
	case *show:
		fmt.Fprintln(stderr, d.Name, BuildVersion())
		return exitOK
	case flags.NArg() > 0:
		return complain(fmt.Errorf("%q is not understood: everything is in the file that -config names", flags.Arg(0)))
	}
	cfg, err := config.Load(*path, d.Parts...)
	if err != nil {
		return complain(err)
	}
	log, err := telemetry.NewLogger(telemetry.LogOptions{Level: cfg.Log.Level, Format: cfg.Log.Format, Program: d.Name, Out: logTo(stderr)})
	if err != nil {
		return complain(err)
	}
	LogConfig(log, cfg)
	ctx, cancel := WithSignals(context.Background(), log)
	defer cancel()
	if err := d.Run(ctx, cfg, log); err != nil {
		log.Error().Err(err).Msg(d.Name + ".failed")
		return exitFailed
	}
	return exitOK
}

// logTo leaves standard error to the logger, which looks whether it is a terminal.
func logTo(w io.Writer) io.Writer {
	if w == os.Stderr {
		return nil
	}
	return w
}

// LogConfig logs the configuration that is in effect, without its secrets, and every warning about it.
func LogConfig(log zerolog.Logger, cfg *config.Config) {
	log.Info().Str("version", BuildVersion()).Object("config", cfg).Msg("config.loaded")
	for _, w := range cfg.Warnings() {
		log.Warn().Stringer("warning", w).Msg("config.warning")
	}
}
