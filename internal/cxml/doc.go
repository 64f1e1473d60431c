// Package cxml turns the bytes that a supplier posts into a checked, normalised document, and writes the answers.
//
// Parse decides the charset, checks that the XML is well-formed within limits, and reads the envelope: who sends, for
// whom, and which one request stands in it. Envelope.Document then normalises an order confirmation, a ship notice or
// an invoice. The two steps are apart so that the caller can authenticate the sender in between, before anything of the
// content is told.
//
// What cannot be used is refused with every problem, each with a path, a line, a column and a sentence that an
// integrator can act on. What is odd but usable becomes a warning with the original text: over a third of real
// documents violate the official DTD, so the DTD is never a reason to refuse. Nothing is ever fetched: a DOCTYPE may
// name any system identifier, and no URL in a document is followed.
//
// Secrets leave the package only as secret.Value on the credential they stand in; Envelope.Original is the document with
// them cut out. The package knows nothing of HTTP, NATS or NetSuite.
package cxml
