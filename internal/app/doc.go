// Package app puts the parts together into the running programs: the intake, the worker, and both in one process with an
// embedded NATS server. It holds what belongs to a process: start in order, stop in the reverse order, signals.
package app
