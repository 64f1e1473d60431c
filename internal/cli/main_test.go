package cli_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"counterpunch/internal/app"
	"counterpunch/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(checked{m}, map[string]func(){
		"counterpunch": func() {
			ctx, cancel := app.WithSignals(context.Background(), zerolog.Nop())
			defer cancel()
			os.Exit(cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

// checked runs the tests and looks for goroutines that they left behind.
type checked struct{ m *testing.M }

func (c checked) Run() int {
	status := c.m.Run()
	if err := goleak.Find(); status == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return status
}
