// Package demotest opens installations for tests: the programs, NATS and a simulated NetSuite in one process.
package demotest

import (
	"testing"

	"counterpunch/fixtures"
	"counterpunch/internal/demo"
)

// Open opens an installation that runs until the test ends. Its orders are those of the fixtures when o has
// none.
func Open(t testing.TB, o demo.Options) *demo.World {
	t.Helper()
	if o.Orders == nil {
		o.Orders = fixtures.Orders()
	}
	w, err := demo.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}
