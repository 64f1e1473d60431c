// Package queue keeps accepted documents on NATS JetStream and hands them to workers, so that each is worked on until it
// has an end, by one worker at a time, whatever crashes.
//
// Streams (names carry the installation's prefix):
//
//	INBOUND      every accepted document: archive, queue and memory of what has been seen
//	HISTORY      what happened to each; the last record is the document's state
//	PARKED       documents that wait for a time
//	DEADLETTERS  documents that wait for a person
//
// A document is stored once because it is published with the expectation that nothing with its key is there. It is
// worked on in order because a lane is one durable consumer that has one message out at a time. It has one state because
// each record is appended with the expectation of the record that the writer had read (its fence): a worker that was
// overtaken cannot write any more. Every record names the INBOUND sequence that it judges, and a message is finished only
// when its own sequence has a record that ends it.
//
// Nothing here is transactional over two streams. The order of writing is letter or parking, then history, then
// acknowledgement, and for replay INBOUND, then history, then removal of the letter; what a crash leaves between two
// steps is completed by whoever looks at the document next.
package queue
