// Package ports finds ports for servers that are stopped and come back on the same ones.
package ports

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"
)

// Ports below those that systems give to outgoing connections: one of those may be taken while its server is down, and a
// client that looks for the server there can meet itself.
const (
	lowest = 12000
	count  = 18000
)

// Find returns n ports of 127.0.0.1 that nobody listens on.
func Find(n int) ([]int, error) {
	var found []int
	var held []net.Listener
	defer func() {
		for _, l := range held {
			l.Close()
		}
	}()
	for tries := 0; len(found) < n; tries++ {
		port := lowest + rand.IntN(count)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			if tries > 1000 {
				return nil, fmt.Errorf("find free ports: %w", err)
			}
			continue
		}
		held, found = append(held, l), append(found, port)
	}
	return found, nil
}

// Free is Find for a test.
func Free(t testing.TB, n int) []int {
	t.Helper()
	found, err := Find(n)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
