package app

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/nats-io/nats.go"
	"github.com/rs/zerolog"

	"counterpunch/internal/config"
	"counterpunch/internal/queue"
	"counterpunch/internal/queue/embedded"
)

// OpenQueue connects to the NATS servers of the configuration and opens the streams for a command, which changes no
// settings of those that exist. name is the connection's name in NATS' own reports. Call the returned function at the end.
func OpenQueue(ctx context.Context, cfg *config.Config, name string, log zerolog.Logger) (*queue.Queue, func(), error) {
	o := queueOptions(cfg, log)
	o.Guest = true
	q, c, err := openQueue(ctx, o, func(part string) (*nats.Conn, error) { return dial(cfg.NATS, name, part, log) })
	if err != nil {
		return nil, nil, err
	}
	return q, c.close, nil
}

// dialQueue is OpenQueue for a process that lasts: it brings streams up to its configuration and has to know when a
// connection is lost.
func dialQueue(ctx context.Context, cfg *config.Config, name string, log zerolog.Logger) (*queue.Queue, *connections, error) {
	return openQueue(ctx, queueOptions(cfg, log), func(part string) (*nats.Conn, error) { return dial(cfg.NATS, name, part, log) })
}

// openQueue opens the streams.
func openQueue(ctx context.Context, o queue.Options, connect func(part string) (*nats.Conn, error)) (*queue.Queue, *connections, error) {
	c, err := connectBoth(connect)
	if err != nil {
		return nil, nil, err
	}
	q, err := queue.Open(ctx, c.intake, c.lanes, o)
	if err != nil {
		c.close()
		return nil, nil, err
	}
	return q, c, nil
}

// seedLanes gives every account that was never used its configured number of lanes. After that ACCOUNTS holds the number,
// and the configuration is not asked again.
func seedLanes(ctx context.Context, cfg *config.Config, q *queue.Queue) error {
	for _, a := range cfg.Accounts {
		err := q.Accounts().Update(ctx, a.Name, func(st *queue.AccountState) error {
			if st.Lanes == 0 {
				st.SetLanes(a.Lanes)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("set the lanes of account %s: %w", a.Name, err)
		}
	}
	return nil
}

func queueOptions(cfg *config.Config, log zerolog.Logger) queue.Options {
	o := queue.DefaultOptions()
	o.Prefix, o.Replicas, o.MaxBytes, o.Strict = cfg.NATS.Prefix, cfg.NATS.Replicas, int64(cfg.NATS.MaxBytes), cfg.NATS.Strict
	o.AckWait, o.Heartbeat, o.PublishTimeout = cfg.Worker.AckWait, cfg.Worker.Heartbeat, cfg.Ingest.PublishTimeout
	o.MonitoringURL = cfg.NATS.MonitoringURL
	o.Worker, o.Logger = workerName(cfg), log
	return o
}

// dial connects to NATS and keeps the connection: while the servers are away, intake refuses and lanes wait. Answers come
// to an inbox named after the program, so that servers can keep programs from reading each other's.
func dial(n config.NATS, program, part string, log zerolog.Logger) (*nats.Conn, error) {
	name := program + "-" + part
	options := []nats.Option{
		nats.Name(name),
		nats.CustomInboxPrefix("_INBOX." + program),
		nats.MaxReconnects(-1),
		// A publish that waits in the client's buffer would be sent long after the supplier was told to come back.
		nats.ReconnectBufSize(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err == nil { // closed by this process
				return
			}
			log.Warn().Err(err).Str("connection", name).Msg("nats.disconnected")
		}),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info().Str("connection", name).Msg("nats.reconnected") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Error().Err(err).Str("connection", name).Msg("nats.error")
		}),
	}
	if n.CA != "" {
		options = append(options, nats.RootCAs(n.CA))
	}
	if n.Credentials != "" {
		signIn, err := natsSignIn(n.Credentials)
		if err != nil {
			return nil, err
		}
		options = append(options, signIn)
	}
	nc, err := nats.Connect(n.URL, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to nats at %s: %w; is the server running, and nats.url right?", n.URL, err)
	}
	return nc, nil
}

// natsSignIn is with the token and the key of a .creds file, or with a key alone.
func natsSignIn(path string) (nats.Option, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read nats.credentials: %w", err)
	}
	if bytes.Contains(text, []byte("NATS USER JWT")) {
		return nats.UserCredentials(path), nil
	}
	signIn, err := nats.NkeyOptionFromSeed(path)
	if err != nil {
		return nil, fmt.Errorf("read nats.credentials %s: it is neither a .creds file nor the seed of a user's nkey: %w", path, err)
	}
	return signIn, nil
}

// startEmbedded starts the NATS server of a one-machine installation for a command.
func startEmbedded(n config.NATS, port int) (*embedded.Server, error) {
	return serveEmbedded(n, port, zerolog.Nop())
}

// serveEmbedded starts the NATS server of a one-machine installation. Every acknowledgement waits for the disk.
func serveEmbedded(n config.NATS, port int, log zerolog.Logger) (*embedded.Server, error) {
	return embedded.Start(embedded.Options{Dir: n.Directory, SyncAlways: true, Port: port, Log: log})
}

// workerName is the configured name, or the machine's.
func workerName(cfg *config.Config) string {
	if cfg.Worker.Name != "" {
		return cfg.Worker.Name
	}
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}
	return fmt.Sprintf("%s-%d", host, os.Getpid())
}
