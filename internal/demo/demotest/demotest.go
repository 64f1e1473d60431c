// Package demotest opens installations for tests: the programs, NATS and a simulated NetSuite in one process.
package demotest

import (
	"testing"

	"counterpunch/fixtures"
	"counterpunch/internal/config"
	"counterpunch/internal/demo"
)

// Open opens an installation that runs until the test ends. Its orders are those of the fixtures when o has none. Nobody is
// told to come later for sending much, unless o says so: how fast a machine is must not decide what is taken.
func Open(t testing.TB, o demo.Options) *demo.World {
	t.Helper()
	if o.Orders == nil {
		o.Orders = fixtures.Orders()
	}
	change := o.Change
	o.Change = func(c *config.Config) {
		Unhurried(c)
		if change != nil {
			change(c)
		}
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

// often is a limit that no test reaches: requests a second, and at once.
const often = 100_000

// Unhurried lifts the limits on how often one address and one supplier may post.
func Unhurried(c *config.Config) {
	c.Ingest.Limits.AddressRate, c.Ingest.Limits.AddressBurst = often, often
	for i := range c.Suppliers {
		c.Suppliers[i].Rate, c.Suppliers[i].Burst = often, often
	}
}
