// Package cli is the counterpunch command: what people type to see a demonstration, look at documents, replay dead
// letters, hold an account or check a configuration.
//
// Data goes to standard output, everything else to standard error. Reading commands take -o table or -o json; the fields
// of the JSON are stable. The exit status says what kind of failure it was, see the constants.
package cli
