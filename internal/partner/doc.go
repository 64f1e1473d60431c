// Package partner decides who a document comes from, for whom that sender may speak, and which NetSuite account it is for.
//
// It promises that nobody learns from an answer, nor from the time it takes, which senders exist: an unknown sender, a
// wrong secret and a wrong network get the same refusal after the same work. It does not limit rates and keeps no state;
// a Directory is built once from the configuration and may be used by any number of goroutines.
package partner
