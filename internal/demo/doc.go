// Package demo runs a whole installation in one process: an embedded NATS server, a NetSuite simulator with seeded
// purchase orders, the intake and a worker. It posts documents over HTTP as a supplier would and reports what became of
// each, by what the documents' history says and what the simulator's own books show.
//
// Nothing in it is a shortcut: documents go through the real endpoint, the real streams and signed calls.
package demo
