// Package cluster holds the configuration of the NATS cluster: three servers, TLS, and for each program of Counterpunch a
// user who may do what that program has to do. It makes the credentials, and lays the cluster out on one machine so that
// tests run the very files that are shipped.
package cluster

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

//go:embed cluster.conf
var clusterConf []byte

//go:embed users.conf
var usersConf []byte

// Size is the number of servers, Ports that of the ports they need.
const (
	Size  = 3
	Ports = purposes * Size
)

// Local is the cluster laid out on one machine: its files, and what to start each server with.
type Local struct {
	dir   string
	ports []int // of each server: clients, monitoring, routes
}

// NewLocal writes configuration and credentials into the empty folder dir. ports are Ports free ones of 127.0.0.1.
func NewLocal(dir string, ports []int) (*Local, error) {
	if len(ports) != Ports {
		return nil, fmt.Errorf("lay out a cluster: %d ports given, %d needed", len(ports), Ports)
	}
	l := &Local{dir: dir, ports: ports}
	var hosts []string
	for n := range Size {
		hosts = append(hosts, l.Name(n))
	}
	if err := WriteCredentials(filepath.Join(dir, "credentials"), hosts); err != nil {
		return nil, err
	}
	for n := range Size {
		home := l.Home(n)
		if err := os.MkdirAll(home, 0o700); err != nil {
			return nil, fmt.Errorf("lay out a cluster: %w", err)
		}
		if err := os.Rename(filepath.Join(dir, "credentials", l.Name(n)), filepath.Join(home, "node")); err != nil {
			return nil, fmt.Errorf("lay out a cluster: %w", err)
		}
		for name, text := range map[string][]byte{"cluster.conf": clusterConf, "users.conf": usersConf} {
			if err := os.WriteFile(filepath.Join(home, name), text, 0o600); err != nil {
				return nil, fmt.Errorf("lay out a cluster: %w", err)
			}
		}
	}
	return l, nil
}

// Name is that of a server, counted from 0.
func (l *Local) Name(n int) string { return fmt.Sprint("nats-", n+1) }

// Home is the working directory of a server.
func (l *Local) Home(n int) string { return filepath.Join(l.dir, l.Name(n)) }

// What a server listens for, in the order of the ports.
const (
	clients = iota
	monitoring
	routes
	purposes
)

func (l *Local) port(n, purpose int) int { return l.ports[purposes*n+purpose] }

// Args are those of nats-server: what the shipped files say about all machines, said for this one.
func (l *Local) Args(n int) []string {
	var others []string
	for i := range Size {
		others = append(others, fmt.Sprintf("nats://127.0.0.1:%d", l.port(i, routes)))
	}
	return []string{
		"-c", "cluster.conf", "-n", l.Name(n), "-a", "127.0.0.1", "-p", fmt.Sprint(l.port(n, clients)), "-m", fmt.Sprint(l.port(n, monitoring)),
		"--cluster_listen", fmt.Sprintf("nats://127.0.0.1:%d", l.port(n, routes)), "--routes", strings.Join(others, ","),
		"--store_dir", filepath.Join(l.Home(n), "data"),
	}
}

// URL is nats.url: all servers.
func (l *Local) URL() string {
	var all []string
	for n := range Size {
		all = append(all, fmt.Sprintf("tls://127.0.0.1:%d", l.port(n, clients)))
	}
	return strings.Join(all, ",")
}

// MonitoringURL is nats.monitoring_url: all servers.
func (l *Local) MonitoringURL() string {
	var all []string
	for n := range Size {
		all = append(all, l.Monitoring(n))
	}
	return strings.Join(all, ",")
}

// Monitoring is the monitoring address of one server.
func (l *Local) Monitoring(n int) string {
	return fmt.Sprintf("http://127.0.0.1:%d", l.port(n, monitoring))
}

// CA is nats.ca.
func (l *Local) CA() string { return filepath.Join(l.dir, "credentials", "users", "ca.pem") }

// Credentials is nats.credentials of a user of users.conf.
func (l *Local) Credentials(user string) string {
	return filepath.Join(l.dir, "credentials", "users", user+".nk")
}

// Leader returns the server that leads a stream, as any of the servers says.
func (l *Local) Leader(ctx context.Context, stream string) (int, error) {
	err := fmt.Errorf("stream %s has no leader", stream)
	for n := range Size {
		name, failed := l.leader(ctx, n, stream)
		if failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		for leader := range Size {
			if l.Name(leader) == name {
				return leader, nil
			}
		}
	}
	return 0, err
}

func (l *Local) leader(ctx context.Context, n int, stream string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.Monitoring(n)+"/jsz?streams=true", nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", fmt.Errorf("ask %s for leaders: %w", l.Name(n), err)
	}
	defer resp.Body.Close()
	var jsz struct {
		Accounts []struct {
			Streams []struct {
				Name    string `json:"name"`
				Cluster struct {
					Leader string `json:"leader"`
				} `json:"cluster"`
			} `json:"stream_detail"`
		} `json:"account_details"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&jsz); err != nil {
		return "", fmt.Errorf("ask %s for leaders: %w", l.Name(n), err)
	}
	for _, a := range jsz.Accounts {
		for _, s := range a.Streams {
			if s.Name == stream && s.Cluster.Leader != "" {
				return s.Cluster.Leader, nil
			}
		}
	}
	return "", fmt.Errorf("%s knows no leader of %s", l.Name(n), stream)
}
