// Command credentials makes the keys and certificates of a NATS cluster for Counterpunch.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"counterpunch/deploy/nats/cluster"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "credentials:", err)
		os.Exit(1)
	}
}

func run() error {
	hosts := flag.String("hosts", "nats-1,nats-2,nats-3", "names of the servers as routes and clients call them")
	flag.Parse()
	if flag.NArg() != 1 {
		return errors.New("give the folder to write to")
	}
	return cluster.WriteCredentials(flag.Arg(0), strings.Split(*hosts, ","))
}
