//go:build !unix

package chaos

import "syscall"

// Signals that no process is sent: elsewhere it cannot be stopped where it is, and freezing does nothing.
const (
	signalFreeze = syscall.Signal(0)
	signalThaw   = syscall.Signal(0)
)
