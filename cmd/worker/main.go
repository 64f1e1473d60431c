// Command worker brings documents into NetSuite. It is one of many: it keeps nothing.
package main

import (
	"os"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
)

func main() {
	os.Exit(app.Main("worker", app.RunWorker, config.AccountSecrets))
}
