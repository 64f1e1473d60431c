// Package delivery brings documents from the queue into NetSuite.
//
// A worker runs the lanes of each account. A lane takes one document at a time and makes a run of it:
//
//	look up the order -> ledger -> read from NetSuite -> plan -> record the attempt -> write -> read back -> record the end
//
// A run ends in exactly one of these ways: the document is applied, superseded or recorded; it is parked until a time; it
// is dead-lettered for a person; or nothing is recorded and the lane gets it again. What an error means is decided in one
// place (Schedule.decide), and every record is fenced: a worker that was too slow can record nothing after another one
// has taken over.
//
// Of this the first half writes nothing: Plan makes it alone, to show what bringing a document in would do.
//
// Two things make repeating safe. An order's fields follow from its ledger, so writing them again writes nothing new. A
// bill carries an external id that follows from its number, and is looked up by it before it is sent a second time. A
// write whose worker has gone, or that met an outage, may still be carried out for a while: what would have a second
// effect is not sent again before that is over, and an order is looked at once more after it.
package delivery
