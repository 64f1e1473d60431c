package config

import (
	"fmt"
	"os"
	"slices"
)

// maxFile bounds the configuration file. A thousand suppliers need about 400 KiB.
const maxFile = 4 << 20

// Config is the whole configuration. Take it from Load, Parse or Defaults.
type Config struct {
	NATS      NATS       `yaml:"nats"`
	Ingest    Ingest     `yaml:"ingest"`
	Worker    Worker     `yaml:"worker"`
	Log       Log        `yaml:"log"`
	Accounts  []Account  `yaml:"accounts"`
	Suppliers []Supplier `yaml:"suppliers"`

	// What Validate needs to point into the file. Empty for a Config that was not read from one.
	file     string
	at       map[string]position
	texts    map[string]place
	warnings []Problem
}

// Part names a group of secrets. A process resolves only those that it uses, so that intake never holds NetSuite's
// tokens and a worker never holds suppliers' secrets.
type Part int

// The parts of a configuration that hold secrets.
const (
	SupplierSecrets Part = iota + 1 // suppliers: needed by ingest
	AccountSecrets                  // accounts: needed by worker and by every command that calls NetSuite
	NoSecrets                       // none at all: for commands that only look at the queue
)

// Defaults returns the configuration of an empty file. It has no accounts and no suppliers, so it does not validate;
// DefaultAccount and DefaultSupplier hold what those start from.
func Defaults() *Config {
	return &Config{NATS: defaultNATS(), Ingest: defaultIngest(), Worker: defaultWorker(), Log: Log{Level: "info", Format: "auto"}}
}

// Load reads, completes and validates the file at path. Secrets of the parts given are resolved, of all parts when none
// is given; the others keep their Reference and an empty Value. The error is *Error when the contents are wrong.
func Load(path string, parts ...Part) (*Config, error) {
	data, err := readSmall(path, maxFile)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(path, data, parts...)
}

// LoadAccount is Load for what calls NetSuite for one account: no secrets but that account's are resolved, since whoever sets
// it up need not have those of the others. The account is nil when the file has none of that name.
func LoadAccount(path, name string) (*Config, *Account, error) {
	data, err := readSmall(path, maxFile)
	if err != nil {
		return nil, nil, fmt.Errorf("read configuration: %w", err)
	}
	c, err := Parse(path, data, NoSecrets)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(c.Accounts, func(a Account) bool { return a.Name == name })
	if i < 0 {
		return c, nil, nil
	}
	c, err = parse(path, data, resolver{env: os.LookupEnv, parts: []Part{AccountSecrets}, below: fmt.Sprintf("accounts[%d].", i)})
	if err != nil {
		return nil, nil, err
	}
	return c, &c.Accounts[i], nil
}

// Parse is Load for contents already read; name stands in error messages for the file.
func Parse(name string, data []byte, parts ...Part) (*Config, error) {
	if len(parts) == 0 {
		parts = []Part{SupplierSecrets, AccountSecrets}
	}
	return parse(name, data, resolver{env: os.LookupEnv, parts: parts})
}

func parse(name string, data []byte, secrets resolver) (*Config, error) {
	c := Defaults()
	c.file = name
	p := &problems{file: name, at: map[string]position{}, texts: map[string]place{}, failed: map[string]bool{}}
	root, err := syntax(data)
	if err != nil {
		p.list = append(p.list, Problem{File: name, Line: err.line, Column: err.column, Text: err.text})
		return nil, p.err()
	}
	d := &decoder{p: p, secrets: secrets}
	d.root(root, c)
	c.at, c.texts = p.at, p.texts
	c.validate(p)
	c.warnings = p.warnings
	if err := p.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// Validate checks a configuration that was built or changed in code. Load and Parse have done it already. The error is
// *Error and lists every problem.
func (c *Config) Validate() error {
	p := &problems{file: c.file, at: c.at}
	c.validate(p)
	c.warnings = p.warnings
	return p.err()
}

// Warnings lists what is allowed but probably not meant, for the log at start and for config check.
func (c *Config) Warnings() []Problem { return slices.Clone(c.warnings) }

// Account returns the account of that name.
func (c *Config) Account(name string) (*Account, bool) {
	i := slices.IndexFunc(c.Accounts, func(a Account) bool { return a.Name == name })
	if i < 0 {
		return nil, false
	}
	return &c.Accounts[i], true
}

// Supplier returns the supplier of that name.
func (c *Config) Supplier(name string) (*Supplier, bool) {
	i := slices.IndexFunc(c.Suppliers, func(s Supplier) bool { return s.Name == name })
	if i < 0 {
		return nil, false
	}
	return &c.Suppliers[i], true
}

func (c *Config) validate(p *problems) {
	c.NATS.validate(p, "nats")
	c.Ingest.validate(p, "ingest")
	c.Worker.validate(p, "worker")
	c.Log.validate(p, "log")
	c.validateAccounts(p)
	c.validateSuppliers(p)
}
