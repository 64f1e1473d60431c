package chaos

import (
	"fmt"
	"math/rand"
	"net"
)

// Ports below those that systems give to outgoing connections: a client that looks for a dead server on one of those can
// meet itself.
const (
	lowestPort = 12000
	portCount  = 18000
)

// FreePorts returns n ports of 127.0.0.1 that nobody listens on. They are the same again for a program that is started
// again, so they cannot be left to the system.
func FreePorts(n int) ([]int, error) {
	var ports []int
	var held []net.Listener
	defer func() {
		for _, l := range held {
			l.Close()
		}
	}()
	for tries := 0; len(ports) < n; tries++ {
		port := lowestPort + rand.Intn(portCount)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			if tries > 1000 {
				return nil, fmt.Errorf("find free ports: %w", err)
			}
			continue
		}
		held, ports = append(held, l), append(ports, port)
	}
	return ports, nil
}
