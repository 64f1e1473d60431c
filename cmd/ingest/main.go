// Command ingest is the suppliers' HTTPS endpoint. It is one of many: it keeps nothing but its intake journal.
package main

import (
	"os"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
)

func main() {
	daemon := app.Daemon{Name: "ingest", Run: app.RunIngest, Parts: []config.Part{config.SupplierSecrets}}
	os.Exit(daemon.Main(os.Args[1:], os.Stderr))
}
