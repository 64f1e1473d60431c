// Package config reads the one YAML file that ingest, worker and counterpunch share.
//
// It promises that a configuration it returns is complete (defaults filled in), consistent (references exist, limits
// make sense) and safe to print (secrets are given by reference and cannot be shown). A file that is wrong is refused
// with every problem at once, each with its line, its key and what to do.
//
// What changes while the programs run (holds, lanes being moved, lookup tables) is not configuration; it lives in
// JetStream's key-value buckets. Relative paths are taken from the working directory of the process.
package config
