// Package simulator is a NetSuite that runs on a laptop: token-based authentication and OAuth 2.0, the REST record API for
// purchase orders, item receipts, vendor bills and vendor credits with searches, and enough SuiteQL to look them up.
//
// It is the witness in tests about money, so it is as strict as the real one and shares no code with the client: it
// verifies signatures by its own reading of RFC 5849, computes totals itself, writes down every change in its Books and
// looks for what must never be in its Audit. What it does not understand it refuses; it never guesses an answer.
//
// Where accounts differ, and where nobody outside NetSuite knows for certain, the rule is one of the Knobs, as are the
// faults that NetSuite shows in production: above all a write that is applied although the caller saw an error, perhaps
// long after. People work in the account too (Act), its clock can be moved, and its state saved and restored. README.md
// has the list of the knobs, with what is known of each rule.
//
// It does not know landed cost, batches, inbound shipments or any record type but the four.
package simulator
