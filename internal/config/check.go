package config

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tokenForm is what may stand as one token of a NATS subject, a file name, a metric label and a URL path alike.
var tokenForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

const tokenRule = "lower-case letters, digits and dashes, 32 at most, a letter or digit first"

// oneOf checks a value out of a closed set.
func oneOf(p *problems, key, what, got string, known ...string) {
	if !slices.Contains(known, got) {
		if what != "" {
			what = "has the " + what + " "
		} else {
			what = "is "
		}
		p.add(key, "%s%s; %s", what, quote(got), suggest(got, known))
	}
}

// positive checks a number or a duration that must be above zero.
func positive[T ~int | ~int64 | ~float64](p *problems, key string, got T) {
	if got <= 0 {
		p.add(key, "is %v; give a value above 0", got)
	}
}

// increasing checks a schedule of waiting times.
func increasing(p *problems, key string, waits []time.Duration) {
	if len(waits) == 0 {
		p.add(key, "is an empty list; give at least one waiting time, such as [1m, 5m]")
	}
	for i, w := range waits {
		positive(p, item(key, i), w)
		if i > 0 && w < waits[i-1] {
			p.add(item(key, i), "is %s, shorter than the %s before it; a schedule must not get shorter", w, waits[i-1])
		}
	}
}

// checkURL checks an absolute URL. Its text is shown only when it holds no password.
func checkURL(p *problems, key, text string, schemes ...string) (u *url.URL, ok bool) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		p.add(key, "is not an absolute URL; give one such as %s://host/path", schemes[len(schemes)-1])
		return nil, false
	}
	if u.User != nil {
		p.add(key, "carries a user or password, which would end in logs; take it out of the URL")
		return nil, false
	}
	if !slices.Contains(schemes, u.Scheme) {
		oneOf(p, key, "scheme", u.Scheme, schemes...)
		return nil, false
	}
	return u, true
}

// checkSecureURL is checkURL for URLs that secrets or signatures travel to: https, or http on this machine.
func checkSecureURL(p *problems, key, text string) {
	u, ok := checkURL(p, key, text, "http", "https")
	if ok && u.Scheme == "http" && !loopback(u.Hostname()) {
		p.add(key, "is %s, which is not encrypted; use https (http is for this machine only)", quote(text))
	}
	if ok && (u.RawQuery != "" || u.Fragment != "") {
		p.add(key, "is %s; leave out what follows the path", quote(text))
	}
}

// checkListen checks an address to listen on. Port 0 takes a free one.
func checkListen(p *problems, key, text string) {
	_, port, err := net.SplitHostPort(text)
	if n, bad := strconv.Atoi(port); err != nil || bad != nil || n < 0 || n > 65535 {
		p.add(key, "is %s, which is not an address to listen on; give host:port, such as 127.0.0.1:8080 or :8443", quote(text))
	}
}

// loopback reports whether host is this machine.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// loopbackURL reports whether a URL, "" included, stays on this machine.
func loopbackURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && loopback(u.Hostname())
}

// distinctListeners checks that two listeners of one process do not take the same port.
func distinctListeners(p *problems, key, what, a, b string) {
	_, port, err := net.SplitHostPort(a)
	if err == nil && a == b && port != "0" {
		p.add(key, "is %s, the same as %s; give another port", quote(a), what)
	}
}
