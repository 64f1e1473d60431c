//go:build race

package demo_test

// The race detector multiplies the memory of a process, and its time by slack. It takes so much of the machine that the
// garbage collector of another process comes late and leaves some memory.
const (
	raced = true
	slack = 10
	lag   = 100 << 20
)
