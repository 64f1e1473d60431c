// Package chaos proves by breaking things that a document which was answered with 200 has its effect in NetSuite exactly
// once. A run starts the programs as processes of their own (nats-server with every write on disk, the simulator with
// faults, one ingest, two workers), kills them with signal 9 at moments that a seed chooses, starts them again, and meanwhile
// sends documents as a supplier does: each again and again until it is answered with 200, in any order, some of them twice.
// Then everything is left to come to rest and is judged.
//
// The judge believes nobody: it knows what the sender sent and which answers it got, reads the simulator's books and the
// intake journal, and computes by itself, with nothing of internal/order or internal/mapping, what each purchase order and
// each bill has to look like. What it shares with the product is the product's decimals.
//
// The same seed gives the same documents, the same order of sending and the same kills. What the kills hit depends on the
// machine; the simulator's books tell which writes were in progress. Not played here: a cluster, power loss, full disks,
// production waits, and people who hold, replay or discard.
package chaos
