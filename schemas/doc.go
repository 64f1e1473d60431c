// Package schemas holds the descriptions of what comes in and what goes out, as data: the JSON Schemas of the published
// events, and the content tables that received cXML is compared with.
//
// The JSON Schemas are a promise to the consumers of events: every event that is published validates. The content tables
// are no gate: over a third of real documents deviate from the official grammar and are usable all the same, so a
// deviation is only told to the supplier. The tables cover the elements that Counterpunch reads; what stands in other
// elements is not looked at.
//
// Both are tested against what they describe: the Go types of the events, and the official DTD where it is at hand.
package schemas
