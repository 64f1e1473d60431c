package app

import (
	"context"
	"flag"
	"fmt"
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

// Main is the main function of a daemon: it reads -config, resolves the secrets of parts and runs until a signal.
func Main(program string, run func(context.Context, *config.Config, zerolog.Logger) error, parts ...config.Part) int {
	flags := flag.NewFlagSet(program, flag.ContinueOnError)
	path := flags.String("config", "counterpunch.yaml", "configuration `file`")
	if err := flags.Parse(os.Args[1:]); err != nil {
		return exitUsage
	}
	cfg, err := config.Load(*path, parts...)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", program, err)
		return exitUsage
	}
	log, err := telemetry.NewLogger(telemetry.LogOptions{Level: cfg.Log.Level, Format: cfg.Log.Format, Program: program})
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", program, err)
		return exitUsage
	}
	for _, w := range cfg.Warnings() {
		log.Warn().Stringer("warning", w).Msg("config.warning")
	}
	ctx, cancel := WithSignals(context.Background(), log)
	defer cancel()
	if err := run(ctx, cfg, log); err != nil {
		log.Error().Err(err).Msg(program + ".failed")
		return exitFailed
	}
	return exitOK
}
