// Package reconcile compares three witnesses of what became of documents: the intake journal, which stands outside
// JetStream and has every receipt that was answered with 200; the queue with its history; and the bills and credits in
// NetSuite whose external ids begin with cp-. Each should tell the same; where they do not, it says which document, what is
// wrong and what to do. It is run now and then, and after a backup was restored.
//
// Nothing is written, but for one thing when asked to: an end that NetSuite proves and the history lacks is put on record.
// Nothing is ever written to NetSuite.
package reconcile
