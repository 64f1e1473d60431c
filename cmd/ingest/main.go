// Command ingest is the suppliers' HTTPS endpoint. It is one of many: it keeps nothing but its intake journal.
package main

import (
	"os"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
)

func main() {
	os.Exit(app.Main("ingest", app.RunIngest, config.SupplierSecrets))
}
