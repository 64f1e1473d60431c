//go:build race

package audit_test

// raced: the race detector multiplies the time of everything, and rules of NetSuite's have no races.
const raced = true
