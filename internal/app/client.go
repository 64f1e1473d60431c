package app

import (
	"fmt"

	"counterpunch/internal/config"
	"counterpunch/internal/netsuite"
)

// NewClient returns a client of an account as its configuration describes it, with its slots. change may adjust the
// options and may be nil. The secrets of accounts must have been resolved.
func NewClient(a config.Account, change func(*netsuite.Options)) (*netsuite.Client, error) {
	options := clientOptions(a.NetSuite)
	if change != nil {
		change(&options)
	}
	client, err := netsuite.New(options)
	if err != nil {
		return nil, fmt.Errorf("account %s: %w", a.Name, err)
	}
	return client, nil
}
