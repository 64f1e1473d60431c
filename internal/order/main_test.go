package order_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain has each property hold for 1,000 random histories; -rapid.checks gives another number.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "1000"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
