package app

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/rs/zerolog"
)

// ExitInterrupted is the exit status after a second signal, as shells have it for SIGINT.
const ExitInterrupted = 130

// WithSignals returns a context that ends at the first SIGINT or SIGTERM, which begins a graceful stop. A second signal
// ends the process at once: what was not recorded is delivered again.
func WithSignals(parent context.Context, log zerolog.Logger) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		defer signal.Stop(signals)
		select {
		case s := <-signals:
			log.Info().Str("signal", s.String()).Msg("stop.begun")
			cancel()
		case <-ctx.Done():
			return
		}
		s := <-signals
		log.Warn().Str("signal", s.String()).Msg("stop.at_once")
		os.Exit(ExitInterrupted)
	}()
	return ctx, cancel
}
