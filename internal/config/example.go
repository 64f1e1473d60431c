package config

import _ "embed"

//go:embed example.yaml
var example string

// Example returns a complete configuration with every key explained. It loads as it is once the environment variables
// that it names are set; where it states a default, that is the default.
func Example() string { return example }
