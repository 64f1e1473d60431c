package config

// Log is how the programs write their log, to standard error.
type Log struct {
	Level  string `yaml:"level"`  // trace, debug, info, warn or error
	Format string `yaml:"format"` // json, console, or auto: console on a terminal
}

func (l Log) validate(p *problems, key string) {
	oneOf(p, child(key, "level"), "", l.Level, "trace", "debug", "info", "warn", "error")
	oneOf(p, child(key, "format"), "", l.Format, "auto", "json", "console")
}
