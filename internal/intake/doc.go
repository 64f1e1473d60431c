// Package intake is the suppliers' HTTP endpoint. It takes one cXML document a request, with the files that come along,
// says who sent it, checks it, stores it once as an event and only then answers 200. Later it tells the sender what became
// of the document.
//
// It promises that a 200 is never given for a document that is not stored, that every answer to a document has a valid cXML
// body (many senders retry for ever on anything else), and that a refusal names every problem with its place. It knows
// nothing of NetSuite: whether a document fits its order is found out behind the queue.
package intake
