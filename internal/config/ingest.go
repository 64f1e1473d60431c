package config

import (
	"net"
	"time"
)

// Ingest is the suppliers' endpoint.
type Ingest struct {
	Listen         string        `yaml:"listen"`          // host:port for suppliers
	Admin          string        `yaml:"admin"`           // host:port for health and metrics; not for the outside
	PublicURL      string        `yaml:"public_url"`      // as suppliers see it; "" takes the request's host
	TLS            TLS           `yaml:"tls"`             // both empty: plain HTTP, for a proxy in front
	Journal        string        `yaml:"journal"`         // file that gets one synced line for each accepted document
	Limits         Limits        `yaml:"limits"`          // before anything is believed
	PublishTimeout time.Duration `yaml:"publish_timeout"` // between a document's last byte and the answer
	Shutdown       time.Duration `yaml:"shutdown"`        // for requests in progress at the end
}

// TLS is a certificate chain and its key, as paths of PEM files.
type TLS struct {
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
	// ClientCertificates asks clients for a certificate. It need not be signed by anybody: suppliers' credentials name
	// the fingerprints that count.
	ClientCertificates bool `yaml:"client_certificates"`
}

// Enabled reports whether the listener speaks TLS itself.
func (t TLS) Enabled() bool { return t.Certificate != "" || t.Key != "" }

// Limits bound what one request and one client address may cost.
type Limits struct {
	Body           Size          `yaml:"body"`            // as sent, without attachments
	Inflated       Size          `yaml:"inflated"`        // after gzip, without attachments
	Parts          int           `yaml:"parts"`           // of a multipart message, the document included
	Attachment     Size          `yaml:"attachment"`      // one, decoded
	Attachments    Size          `yaml:"attachments"`     // all of one message, decoded
	Memory         Size          `yaml:"memory"`          // for the bodies of all requests in progress
	BodyTime       time.Duration `yaml:"body_time"`       // for a body to arrive, and a second more
	BodyRate       Size          `yaml:"body_rate"`       // for each so many bytes of it
	Depth          int           `yaml:"depth"`           // of nested elements
	Elements       int           `yaml:"elements"`        // in a document
	Attributes     int           `yaml:"attributes"`      // of one element
	AttributeValue Size          `yaml:"attribute_value"` // of one attribute
	Text           Size          `yaml:"text"`            // of one element
	Lines          int           `yaml:"lines"`           // order lines in a document
	ParseTime      time.Duration `yaml:"parse_time"`      // for one document
	Parses         int           `yaml:"parses"`          // at once; 0 takes the number of processors
	AddressRate    float64       `yaml:"address_rate"`    // requests a second from one client address
	AddressBurst   int           `yaml:"address_burst"`   // requests at once from one client address
}

func defaultIngest() Ingest {
	return Ingest{
		Listen:  "127.0.0.1:8080",
		Admin:   "127.0.0.1:8081",
		Journal: "data/intake.journal",
		Limits: Limits{
			Body:           5 << 20,
			Inflated:       8 << 20,
			Parts:          32,
			Attachment:     10 << 20,
			Attachments:    20 << 20,
			Memory:         64 << 20,
			BodyTime:       20 * time.Second,
			BodyRate:       64 << 10,
			Depth:          64,
			Elements:       250_000,
			Attributes:     64,
			AttributeValue: 8 << 10,
			Text:           256 << 10,
			Lines:          5_000,
			ParseTime:      2 * time.Second,
			AddressRate:    20,
			AddressBurst:   100,
		},
		PublishTimeout: 8 * time.Second,
		Shutdown:       25 * time.Second,
	}
}

func (i Ingest) validate(p *problems, key string) {
	checkListen(p, child(key, "listen"), i.Listen)
	checkListen(p, child(key, "admin"), i.Admin)
	distinctListeners(p, child(key, "admin"), "ingest.listen", i.Admin, i.Listen)
	if i.PublicURL != "" {
		checkSecureURL(p, child(key, "public_url"), i.PublicURL)
	}
	if i.TLS.Enabled() && (i.TLS.Certificate == "" || i.TLS.Key == "") {
		p.add(child(key, "tls"), "needs both certificate and key; give the other one, or leave out both")
	}
	if i.TLS.ClientCertificates && !i.TLS.Enabled() {
		p.add(child(key, "tls.client_certificates"), "is true, but ingest.tls has no certificate: a proxy that ends TLS keeps the clients' certificates to itself")
	}
	if host, _, err := net.SplitHostPort(i.Listen); err == nil && !i.TLS.Enabled() && !loopback(host) {
		p.warn(child(key, "listen"), "is open to other machines without TLS: suppliers' secrets cross the network in the clear unless a proxy in front ends TLS")
	}
	if i.Journal == "" {
		p.add(child(key, "journal"), "is empty; give the path of a file on a disk that is kept, such as data/intake.journal")
	}
	i.Limits.validate(p, child(key, "limits"))
	positive(p, child(key, "publish_timeout"), i.PublishTimeout)
	positive(p, child(key, "shutdown"), i.Shutdown)
	if i.PublishTimeout >= i.Shutdown {
		p.add(child(key, "shutdown"), "is %s, not longer than ingest.publish_timeout (%s): a request in progress could not end; make it longer", i.Shutdown, i.PublishTimeout)
	}
}

// largest is what one message may take of Memory: as it arrives, and inflated, where base64 adds a third and line ends to
// its attachments.
func (l Limits) largest() Size {
	return l.Body + l.Attachments + l.Inflated + l.Attachments/5*7
}

func (l Limits) validate(p *problems, key string) {
	for _, c := range []struct {
		name string
		got  int64
	}{
		{"body", int64(l.Body)}, {"inflated", int64(l.Inflated)}, {"depth", int64(l.Depth)}, {"elements", int64(l.Elements)},
		{"attributes", int64(l.Attributes)}, {"attribute_value", int64(l.AttributeValue)}, {"text", int64(l.Text)},
		{"parts", int64(l.Parts)}, {"attachment", int64(l.Attachment)}, {"attachments", int64(l.Attachments)},
		{"body_time", int64(l.BodyTime)}, {"body_rate", int64(l.BodyRate)},
		{"lines", int64(l.Lines)}, {"parse_time", int64(l.ParseTime)}, {"address_burst", int64(l.AddressBurst)},
	} {
		positive(p, child(key, c.name), c.got)
	}
	positive(p, child(key, "address_rate"), l.AddressRate)
	if l.Parses < 0 {
		p.add(child(key, "parses"), "is %d; give a number of documents, or 0 for one a processor", l.Parses)
	}
	if l.Inflated < l.Body {
		p.add(child(key, "inflated"), "is %s, less than ingest.limits.body (%s); make it at least that", l.Inflated, l.Body)
	}
	switch least := l.largest(); {
	case l.Body > 64<<20:
		p.add(child(key, "body"), "is %s; give at most 64MiB, a document is held in memory several times", l.Body)
	case l.Memory < least:
		p.add(child(key, "memory"), "is %s; give at least %s, or the largest message that the other limits allow is never taken", l.Memory, least)
	}
	if l.Attachments < l.Attachment {
		p.add(child(key, "attachments"), "is %s, less than ingest.limits.attachment (%s); make it at least that", l.Attachments, l.Attachment)
	}
	if l.Attachments > 256<<20 {
		p.add(child(key, "attachments"), "is %s; give at most 256MiB, they are held in memory", l.Attachments)
	}
	if l.Depth > 1000 {
		p.add(child(key, "depth"), "is %d; give at most 1000", l.Depth)
	}
}
