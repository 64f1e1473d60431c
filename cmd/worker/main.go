// Command worker brings documents into NetSuite. It is one of many: it keeps nothing.
package main

import (
	"os"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
)

func main() {
	daemon := app.Daemon{Name: "worker", Run: app.RunWorker, Parts: []config.Part{config.AccountSecrets}}
	os.Exit(daemon.Main(os.Args[1:], os.Stderr))
}
