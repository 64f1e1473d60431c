// Package simulator is a NetSuite that runs on a laptop: token-based authentication and OAuth 2.0, the REST record API for
// purchase orders, vendor bills and vendor credits with searches, and enough SuiteQL to look them up.
//
// It is the witness in tests about money, so it is as strict as the real one and shares no code with the client: it
// verifies signatures by its own reading of RFC 5849, computes totals itself and writes down every change in its Books.
// What it does not understand it refuses; it never guesses an answer. Its faults (Knobs) are those that NetSuite shows in
// production, above all a write that was applied although the caller saw an error.
//
// It does not know taxes, landed cost, asynchronous requests, batches or any record type but the three.
package simulator
