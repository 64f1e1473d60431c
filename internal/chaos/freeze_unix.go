//go:build unix

package chaos

import "syscall"

// The signals that stop a process where it is and let it go on.
const (
	signalFreeze = syscall.SIGSTOP
	signalThaw   = syscall.SIGCONT
)
