package app

import (
	"os"
	"runtime"
	"runtime/debug"

	"counterpunch/internal/config"
)

// Memory that an ingest needs beside the bodies of requests.
const (
	// idleMemory is for what is there without any document.
	idleMemory = 32 << 20
	// parseFactor is what a document takes while it is read, in multiples of ingest.limits.inflated. The costliest take more
	// for a moment; with this goal two at once, and the server around them, stay below 300 MB.
	parseFactor = 4
)

// LimitMemory tells the garbage collector how much memory an ingest within its limits needs, and returns that number of
// bytes. Without it, what is left of the largest documents may pile up to as much again as is in use. GOMEMLIMIT in the
// environment comes first: whoever set it knows the machine. It is for a process that is ingest alone: what a worker and a
// NATS server beside it need, the limits of documents do not say.
func LimitMemory(l config.Limits) int64 {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(idleMemory + int64(l.Memory) + int64(parses(l))*parseFactor*int64(l.Inflated))
	}
	return debug.SetMemoryLimit(-1)
}

// parses is how many documents may be parsed at once: one a processor, unless the configuration says otherwise.
func parses(l config.Limits) int {
	if l.Parses == 0 {
		return runtime.NumCPU()
	}
	return l.Parses
}
