package partner

import (
	"slices"
	"strings"

	"counterpunch/internal/cxml"
)

// speaks checks that From is the supplier itself or one that it speaks for. Of several credentials one must be, and
// none may be another supplier's.
func (d *Directory) speaks(s *Supplier, from []cxml.Credential) *cxml.Refusal {
	const path = "/cXML/Header/From"
	own := false
	for _, c := range from {
		id := Identity{c.Domain, c.Identity}
		e, known := d.owners[id.key()]
		switch {
		case known && e.supplier == s, slices.ContainsFunc(s.SpeaksFor, func(o Identity) bool { return o.key() == id.key() }):
			own = true
		case known:
			// The same words as for a stranger below: which others exist is none of the sender's business.
			return notFor(path, from)
		}
	}
	if !own {
		return notFor(path, from)
	}
	return nil
}

func notFor(path string, from []cxml.Credential) *cxml.Refusal {
	return refuse(403, path, "The Sender may not speak for %s. Put the Sender's own credential into From, or ask the buyer to allow it.", list(from))
}

// route finds the account that To names, in agreement with the account in the URL.
func (d *Directory) route(s *Supplier, env *cxml.Envelope, path string) (string, *cxml.Refusal) {
	const to = "/cXML/Header/To"
	test := env.DeploymentMode == cxml.Test
	if path != "" && !s.May(path) {
		return "", refuse(403, "", "The account %.40q of the URL does not exist, or the Sender may not send to it. Check the URL with the buyer.", path)
	}
	named, allowed := d.named(s, env.To)
	switch {
	case !named:
		return "", refuse(400, to, "To names %s, which is no buyer here. Put the buyer's credential into To, as it stands in From of its orders.", list(env.To))
	case len(allowed) == 0:
		return "", refuse(403, to, "The Sender may not send to %s. Ask the buyer to allow it.", list(env.To))
	}
	if path != "" {
		// A test may be sent straight to the sandbox of the account that To names.
		fits := slices.DeleteFunc(slices.Clone(allowed), func(a string) bool {
			return a != path && !(test && d.accounts[a].Sandbox == path)
		})
		if len(fits) == 0 {
			return "", refuse(400, to, "To names the account %s, but the URL names %s. Make them agree.", strings.Join(allowed, " and "), path)
		}
		if slices.Contains(fits, path) {
			fits = []string{path}
		}
		allowed = fits
	}
	if len(allowed) > 1 {
		return "", refuse(400, to, "To names several accounts: %s. Send the document to the URL of one of them, ending in /cxml/{account}.", strings.Join(allowed, ", "))
	}
	if test {
		return d.sandbox(s, allowed[0]), nil
	}
	return allowed[0], nil
}

// named returns the accounts that To names and the supplier may send to, sorted, and whether To names any at all.
func (d *Directory) named(s *Supplier, to []cxml.Credential) (found bool, allowed []string) {
	for name, a := range d.accounts {
		if !slices.ContainsFunc(a.Buyer, func(b Identity) bool {
			return slices.ContainsFunc(to, func(c cxml.Credential) bool { return Identity{c.Domain, c.Identity}.key() == b.key() })
		}) {
			continue
		}
		found = true
		if s.May(name) {
			allowed = append(allowed, name)
		}
	}
	slices.Sort(allowed)
	return found, allowed
}

// sandbox returns where a test for the account goes: the account itself when it is a sandbox, its sandbox when it has
// one that the supplier may send to, else nowhere. Never to an account in production.
func (d *Directory) sandbox(s *Supplier, account string) string {
	if d.sandboxes[account] {
		return account
	}
	if sandbox := d.accounts[account].Sandbox; sandbox != "" && s.May(sandbox) {
		return sandbox
	}
	return ""
}

// list names credentials in a sentence, at most three and cut to a readable length: they are the sender's own words.
func list(credentials []cxml.Credential) string {
	const most = 3
	var names []string
	for _, c := range credentials[:min(len(credentials), most)] {
		names = append(names, clip(c.Domain)+" "+clip(c.Identity))
	}
	if len(credentials) > most {
		names = append(names, "others")
	}
	if len(names) == 0 {
		return "nobody"
	}
	return strings.Join(names, ", ")
}

func clip(s string) string {
	const most = 40
	r := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	if len(r) > most {
		return string(r[:most]) + "…"
	}
	return string(r)
}
