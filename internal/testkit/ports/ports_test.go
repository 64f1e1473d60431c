package ports_test

import (
	"fmt"
	"net"
	"slices"
	"testing"

	"counterpunch/internal/testkit/ports"
)

func TestEachPortIsFreeAndGivenOnce(t *testing.T) {
	found := ports.Free(t, 50)
	slices.Sort(found)
	if distinct := slices.Compact(slices.Clone(found)); len(distinct) != 50 {
		t.Fatalf("%d different ports, want 50: %v", len(distinct), found)
	}
	for _, port := range found {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Error(err)
			continue
		}
		l.Close()
	}
}
