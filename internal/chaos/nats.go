package chaos

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go"

	"counterpunch/deploy/nats/cluster"
)

// natsConf is the server of deploy/nats: on disk before it is acknowledged.
const natsConf = `
listen: 127.0.0.1:%d
http: 127.0.0.1:%d
prof_port: %d
max_payload: 8MB
max_pending: 64MB
jetstream {
  store_dir: %q
  sync_interval: always
  max_memory_store: 64MB
  max_file_store: 40GB
}
`

// natsOf says how an installation reaches NATS.
type natsOf struct {
	url, monitoring string
	replicas        int
	layout          *cluster.Local // of the shipped cluster; nil: one server, to which anybody may connect
}

// settings are those that a program has under nats, with the rights of a user of the cluster.
func (n natsOf) settings(user string) string {
	text := fmt.Sprintf("url: %q, monitoring_url: %q, replicas: %d, strict: true", n.url, n.monitoring, n.replicas)
	if n.layout != nil {
		text += fmt.Sprintf(", ca: %q, credentials: %q", n.layout.CA(), n.layout.Credentials(user))
	}
	return text
}

// connect opens a connection of the judge's, which may look at everything and waits for servers that are down.
func (n natsOf) connect() (*nats.Conn, error) {
	options := []nats.Option{nats.Timeout(5 * time.Second), nats.MaxReconnects(600), nats.ReconnectWait(100 * time.Millisecond), nats.RetryOnFailedConnect(true)}
	if n.layout != nil {
		key, err := nats.NkeyOptionFromSeed(n.layout.Credentials("operator"))
		if err != nil {
			return nil, fmt.Errorf("connect to nats: %w", err)
		}
		options = append(options, key, nats.RootCAs(n.layout.CA()), nats.CustomInboxPrefix("_INBOX.counterpunch"))
	}
	nc, err := nats.Connect(n.url, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to nats: %w", err)
	}
	return nc, nil
}

// keys returns the private keys of the users, and the folder in which they stand.
func (n natsOf) keys() (keys []string, folder string, err error) {
	if n.layout == nil {
		return nil, "", nil
	}
	for _, user := range []string{"ingest", "worker", "operator"} {
		path := n.layout.Credentials(user)
		seed, err := os.ReadFile(path)
		if err != nil {
			return nil, "", fmt.Errorf("read the key of %s: %w", user, err)
		}
		keys, folder = append(keys, string(bytes.TrimSpace(seed))), filepath.Dir(path)
	}
	return keys, folder, nil
}

// natsPorts is how many ports NATS needs.
func natsPorts(clustered bool) int {
	if clustered {
		return cluster.Ports
	}
	return 3 // clients, monitoring, profiles
}

// serve writes the configuration of the installation's NATS and says how it is started: as one server, or as the cluster that
// is shipped.
func (i *Installation) serve(ports []int) error {
	if i.setup.Cluster {
		return i.serveCluster(ports)
	}
	conf := filepath.Join(i.setup.Dir, "nats.conf")
	if err := write(conf, natsConf, ports[0], ports[1], ports[2], i.store()); err != nil {
		return err
	}
	i.nats = natsOf{url: fmt.Sprintf("nats://127.0.0.1:%d", ports[0]), monitoring: fmt.Sprintf("http://127.0.0.1:%d", ports[1]), replicas: 1}
	i.profile = fmt.Sprintf("http://127.0.0.1:%d", ports[2])
	i.Server = i.program("nats", ProgramNATS, "-c", conf)
	i.Servers = []*Process{i.Server}
	return nil
}

// store is the folder in which the one server keeps everything.
func (i *Installation) store() string { return filepath.Join(i.setup.Dir, "nats") }

func (i *Installation) serveCluster(ports []int) error {
	layout, err := cluster.NewLocal(filepath.Join(i.setup.Dir, "cluster"), ports)
	if err != nil {
		return err
	}
	i.nats = natsOf{url: layout.URL(), monitoring: layout.MonitoringURL(), replicas: cluster.Size, layout: layout}
	for n := range cluster.Size {
		p := i.program(layout.Name(n), ProgramNATS, layout.Args(n)...)
		p.Dir = layout.Home(n)
		i.Servers = append(i.Servers, p)
	}
	return nil
}
