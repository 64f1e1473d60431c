// Package event turns a supplier's document into the CloudEvent that is published, and a CloudEvent into the NATS
// message that carries it and back.
//
// One document is one event. Its id is computed from what the supplier sent, so that the same document sent again has
// the same id; its payload hash tells a resend from another document under a used payloadID. The attributes are part of
// the public contract: consumers of the stream rely on them.
package event
