package app

import (
	"context"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"counterpunch/internal/config"
	"counterpunch/internal/queue"
)

// DialStores connects to the NATS servers of the configuration for a command that looks at streams as such. Nothing is
// created. The options say what the installation wants of its streams.
func DialStores(cfg *config.Config, name string, log zerolog.Logger) (*nats.Conn, queue.Options, error) {
	nc, err := dial(cfg.NATS, name, "stores", log)
	return nc, queueOptions(cfg, log), err
}

// MigrateStores creates the streams and buckets that are missing and changes settings that are safe to change, as a start
// of the programs does. It refuses the others.
func MigrateStores(ctx context.Context, cfg *config.Config, log zerolog.Logger) error {
	_, connections, err := dialQueue(ctx, cfg, "counterpunch", log)
	if err != nil {
		return err
	}
	connections.close()
	return nil
}
