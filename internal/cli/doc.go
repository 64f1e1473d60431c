// Package cli is the counterpunch command: what people type to see a demonstration, look at documents, replay dead
// letters, hold an account or check a configuration.
//
// Data goes to standard output, everything else to standard error. Reading commands take -o table or -o json; the fields
// of the JSON are stable. The exit status says what kind of failure it was, see the constants.
//
// A file is named after the command in it: deadletters_edit.go is counterpunch deadletters edit. What commands share is
// in the others: a session has the installation's queue open while a command runs, an output prints what it found, flags.go
// checks the command line before anything is opened.
package cli
