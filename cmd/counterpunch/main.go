// Command counterpunch is what people type: a demonstration, documents, dead letters, accounts, configuration and a
// NetSuite simulator.
package main

import (
	"context"
	"os"

	"github.com/rs/zerolog"

	"counterpunch/internal/app"
	"counterpunch/internal/cli"
)

func main() {
	ctx, cancel := app.WithSignals(context.Background(), zerolog.Nop())
	defer cancel()
	os.Exit(cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
