package config

import (
	"net/url"
	"strings"
	"time"
)

// EmbeddedNATS as NATS.URL runs a server inside the process, for demos and single-host installations.
const EmbeddedNATS = "embedded"

// NATS is the JetStream server or cluster that keeps everything.
type NATS struct {
	URL           string `yaml:"url"`            // one or several nats:// or tls:// URLs with commas, or EmbeddedNATS
	Directory     string `yaml:"directory"`      // storage of the embedded server
	Credentials   string `yaml:"credentials"`    // path of a .creds file or of an nkey seed; "" connects without
	CA            string `yaml:"ca"`             // path of the certificates that sign the servers'; "" means those of the system
	MonitoringURL string `yaml:"monitoring_url"` // HTTP monitoring of the server, or of several with commas, asked how durable an acknowledgement is; "" leaves it unknown
	Prefix        string `yaml:"prefix"`         // before every stream and bucket name, so that installations can share a cluster
	Replicas      int    `yaml:"replicas"`       // copies of each stream: 1, 3 or 5
	MaxBytes      Size   `yaml:"max_bytes"`      // of the archive of documents; full, intake refuses; 0 is no bound but the disk's
	Strict        bool   `yaml:"strict"`         // refuse intake unless an acknowledgement is known to be durable
	// Retention is how long after its end a document is kept; 0 keeps all. What it was stays in its history, and that it was
	// there is known for ever.
	Retention time.Duration `yaml:"retention"`
}

// leastRetention leaves time for everything that looks back at a document which has ended.
const leastRetention = 24 * time.Hour

// leastArchive is the smallest bound of the archive: some hundred documents of the largest size.
const leastArchive Size = 64 << 20

func defaultNATS() NATS {
	return NATS{URL: "nats://127.0.0.1:4222", Directory: "data/nats", Replicas: 1, Retention: 400 * 24 * time.Hour}
}

// Embedded reports whether the server runs inside the process.
func (n NATS) Embedded() bool { return n.URL == EmbeddedNATS }

func (n NATS) validate(p *problems, key string) {
	if n.Embedded() {
		if n.Directory == "" {
			p.add(child(key, "directory"), "is empty; the embedded server needs a directory for its storage")
		}
		if n.Replicas > 1 {
			p.add(child(key, "replicas"), "is %d, but the embedded server is alone; set 1", n.Replicas)
		}
		if n.Credentials != "" {
			p.add(child(key, "credentials"), "is set, but the embedded server takes no connections from outside; leave it out")
		}
	} else {
		n.validateServers(p, child(key, "url"))
	}
	if n.MonitoringURL != "" {
		for address := range strings.SplitSeq(n.MonitoringURL, ",") {
			checkURL(p, child(key, "monitoring_url"), strings.TrimSpace(address), "http", "https")
		}
	}
	if n.Prefix != "" && !tokenForm.MatchString(n.Prefix) {
		p.add(child(key, "prefix"), "is %s; give %s", quote(n.Prefix), tokenRule)
	}
	if n.Replicas != 1 && n.Replicas != 3 && n.Replicas != 5 {
		p.add(child(key, "replicas"), "is %d; give 1, 3 or 5 (an even number survives no more failures than the odd one below it)", n.Replicas)
	}
	if n.MaxBytes != 0 && n.MaxBytes < leastArchive {
		p.add(child(key, "max_bytes"), "is %s; give %s or more, or 0 for no bound", n.MaxBytes, leastArchive)
	}
	if n.Retention != 0 && n.Retention < leastRetention {
		p.add(child(key, "retention"), "is %s; give %s or more, or 0 to keep everything", n.Retention, leastRetention)
	}
	if n.Strict && !n.Embedded() && n.MonitoringURL == "" {
		p.add(child(key, "strict"), "is true, but without nats.monitoring_url nobody can tell how durable an acknowledgement is; set it, or strict: false")
	}
}

func (n NATS) validateServers(p *problems, key string) {
	for server := range strings.SplitSeq(n.URL, ",") {
		u, err := url.Parse(strings.TrimSpace(server))
		if err != nil || u.Host == "" {
			p.add(key, "is not a NATS address; give nats://host:4222, several with commas, or %s", EmbeddedNATS)
			continue
		}
		if u.User != nil {
			p.add(key, "carries a user or password, which would end in logs; use nats.credentials")
		}
		oneOf(p, key, "scheme", u.Scheme, "nats", "tls", "ws", "wss")
	}
}
