//go:build !race

package demo_test

const (
	raced = false
	slack = 1
	lag   = 0
)
