//go:build race

package demo_test

// The race detector multiplies the memory of a process, and its time by slack.
const (
	raced = true
	slack = 10
)
