// Package chaos proves by breaking things that a document which was answered with 200 has its effect in NetSuite exactly
// once. A run starts the programs as processes of their own (nats-server with every write on disk, the simulator, one ingest,
// two workers), breaks something in the way of its scenario, and meanwhile sends documents as a supplier does: each again and
// again until it is answered with 200, in any order, some of them twice. Then everything is left to come to rest and is judged.
//
// The judge believes nobody: it knows what the sender sent and which answers it got, reads the simulator's books, the intake
// journal, the streams, the metrics and every file, and computes by itself, with nothing of internal/queue, internal/order or
// internal/mapping, what each purchase order and each bill has to look like. What it shares with the product is the product's
// decimals. What it looks for, by the sort of its findings:
//
//	lost, unended  every receipt has exactly one outcome, and its effect
//	twice          at most one bill for an invoice
//	wrong          every order ends in the fold of its documents
//	overlap        changes of one order never overlap
//	unsound        books without what must never be there, by the simulator's own audit
//	letters        dead letters are what came in and was neither replayed nor discarded
//	counted        nothing is counted on a document while the breaker is open
//	growth         goroutines, descriptors and memory stay flat (down, soak)
//	secret         no secret in a log, metric, view, journal or store
//	metrics        metrics tell what books and streams tell
//
// That a restart at any point leaves all this as it is, is what the scenario kill is about. restore loses every stream and brings
// a backup back, with the commands killed; letters does the same to whoever exports, imports, discards, corrects, replays and forgets;
// cluster runs the three servers of deploy/nats, with their certificates and permissions.
//
// The same seed gives the same documents, the same order of sending and the same kills. What the kills hit depends on the
// machine; the simulator's books tell which writes were in progress. An order that a shipment of another order names too is
// changed from two lanes, where NetSuite refuses the later change: only there may changes overlap. Not played here: power loss
// and full disks, which are for package disk, and several people who decide at once, who are for the tests of internal/operations.
package chaos
