// Package mapping turns what suppliers say into calls of NetSuite. It compares the state that an order's documents give,
// or an invoice, with the records as they were read in the same attempt, and returns a Plan: the calls to send, what each
// would change, and what stays unwritten. A plan can be printed without being run.
//
// Matching comes before writing. A line is taken for the document's only when two witnesses agree (see match), and what
// does not fit - currency, unit, quantity, price, total, a charge without a target - is a Mismatch with a reason and a
// table of differences, never a smaller bill.
//
// The package is pure: it sends nothing, reads no clock, and the same input gives the same plan, byte for byte.
package mapping
