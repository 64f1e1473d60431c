package demo

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"counterpunch/internal/app"
	"counterpunch/internal/config"
	"counterpunch/internal/secret"
	"counterpunch/internal/simulator"
)

//go:embed demo.yaml
var configuration string

// Options set up a World.
type Options struct {
	// Directory holds the streams and the intake journal. Empty: a temporary folder that Close removes.
	Directory string
	// Orders seeds the simulator, in the form of fixtures.Orders.
	Orders []byte
	// Simulator adjusts the simulator before it starts.
	Simulator simulator.Options
	// Change adjusts the configuration before anything starts; nil leaves it.
	Change func(*config.Config)
	Log    zerolog.Logger
}

// World is a running installation with its NetSuite.
type World struct {
	Config    *config.Config
	NetSuite  *simulator.Simulator
	Serve     *app.Serve
	simulator *http.Server
	control   *http.Server
	addresses Addresses
	directory string
	temporary bool
	client    *http.Client
}

// Addresses are where a World can be reached.
type Addresses struct {
	app.Addresses
	NetSuite string `json:"netsuite"`
	Books    string `json:"books"` // the simulator's books and faults
}

// Open starts everything. Every listener is on a free port of the loopback address.
func Open(ctx context.Context, o Options) (*World, error) {
	w := &World{client: &http.Client{Timeout: 60 * time.Second}}
	if err := w.open(ctx, o); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *World) open(ctx context.Context, o Options) error {
	dir := o.Directory
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "counterpunch-demo-"); err != nil {
			return fmt.Errorf("make a folder for the demonstration: %w", err)
		}
		w.temporary = true
	}
	w.directory = dir
	if err := w.startSimulator(o); err != nil {
		return err
	}
	cfg, err := config.Parse("demo.yaml", []byte(w.configured(config.EmbeddedNATS, "127.0.0.1:0")))
	if err != nil {
		return fmt.Errorf("read the configuration of the demonstration: %w", err)
	}
	if o.Change != nil {
		o.Change(cfg)
	}
	w.Config = cfg
	if w.Serve, err = app.StartServe(ctx, cfg, o.Log); err != nil {
		return err
	}
	w.addresses.Addresses = w.Serve.Addresses()
	return w.writeConfig()
}

// configured is the configuration with the folder and the addresses filled in.
func (w *World) configured(nats, suppliers string) string {
	return strings.NewReplacer("FOLDER", w.directory, "NETSUITE", w.addresses.NetSuite, "NATS", nats, "SUPPLIERS", suppliers).Replace(configuration)
}

// writeConfig leaves the commands a file with which they find what runs here.
func (w *World) writeConfig() error {
	listen := strings.TrimSuffix(strings.TrimPrefix(w.addresses.Suppliers, "http://"), "/cxml")
	text := w.configured(w.addresses.NATS, listen)
	if err := os.WriteFile(w.ConfigFile(), []byte(text), 0o600); err != nil {
		return fmt.Errorf("write the configuration for commands: %w", err)
	}
	return nil
}

func (w *World) startSimulator(o Options) error {
	w.NetSuite = simulator.New(o.Simulator)
	if err := w.NetSuite.SeedOrders(o.Orders); err != nil {
		return fmt.Errorf("seed the simulator: %w", err)
	}
	var err error
	if w.simulator, w.addresses.NetSuite, err = serve(w.NetSuite); err != nil {
		return fmt.Errorf("start the simulator: %w", err)
	}
	if w.control, w.addresses.Books, err = serve(w.NetSuite.Control()); err != nil {
		return fmt.Errorf("start the simulator's control: %w", err)
	}
	return nil
}

func serve(h http.Handler) (*http.Server, string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = s.Serve(listener) }() // it returns when Close closes it
	return s, "http://" + listener.Addr().String(), nil
}

// Addresses returns where everything can be reached.
func (w *World) Addresses() Addresses { return w.addresses }

// Directory returns the folder that holds the streams and the intake journal.
func (w *World) Directory() string { return w.directory }

// ConfigFile is a configuration file with which every command of counterpunch works on this World, for as long as it is open.
func (w *World) ConfigFile() string { return filepath.Join(w.directory, "counterpunch.yaml") }

// Secrets returns every secret of the installation, for tests that look for them where they must not be.
func (w *World) Secrets() []secret.Value {
	var all []secret.Value
	for _, s := range w.Config.Suppliers {
		for _, c := range s.Credentials {
			for _, v := range c.Secrets {
				all = append(all, v.Value)
			}
		}
	}
	for _, a := range w.Config.Accounts {
		all = append(all, a.NetSuite.TBA.ConsumerSecret.Value, a.NetSuite.TBA.TokenSecret.Value)
	}
	return all
}

// Close stops everything and removes what was temporary.
func (w *World) Close() error {
	var errs []error
	if w.Serve != nil {
		errs = append(errs, w.Serve.Stop())
	}
	for _, s := range []*http.Server{w.simulator, w.control} {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	w.client.CloseIdleConnections()
	if w.temporary {
		errs = append(errs, os.RemoveAll(w.directory))
	}
	return errors.Join(errs...)
}
