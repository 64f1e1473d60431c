package config

import (
	"strings"
	"testing"
)

// good is the smallest useful file. Its line numbers stand in the expectations below: name and buyer are lines 2 and 3.
const good = `accounts:
  - name: main
    buyer: [{domain: NetworkID, identity: AN1}]
    netsuite:
      account: "1234567"
      tba: {consumer_key: k, consumer_secret: env:NETSUITE_CONSUMER_SECRET, token_id: i, token_secret: env:NETSUITE_TOKEN_SECRET}
suppliers:
  - name: acme
    credentials:
      - {domain: DUNS, identity: "1", secrets: [env:ACME_SECRET]}
    accounts: {main: {vendors: ["501"]}}
  - name: globex
    credentials:
      - {domain: DUNS, identity: "2", secrets: [env:GLOBEX_SECRET]}
    accounts: {main: {vendors: ["502"]}}
`

func TestGoodFileLoads(t *testing.T) {
	setSecrets(t)
	if w := mustParse(t, good).Warnings(); len(w) != 0 {
		t.Errorf("warnings: %v", w)
	}
}

// Each case changes good in one place (old by new; with no old, new is added at the end) and gives every error line.
func TestWrongFilesAreRefusedWithLineAndAdvice(t *testing.T) {
	setSecrets(t)
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown section", "", "injest: {}", "c.yaml:16:1: injest: is not a known key; did you mean ingest?"},
		{"unknown key", "netsuite:", "netsiute:", "c.yaml:4:5: accounts[0].netsiute: is not a known key; did you mean netsuite?"},
		{"unknown key without a near one", "", "log: {colour: red}", "c.yaml:16:7: log.colour: is not a known key; known here: format, level"},
		{"bad YAML", "", "log: [", "c.yaml:16:6: is not YAML: sequence end token ']' not found"},
		{"key given twice", "", "accounts: []", `c.yaml:16:1: is not YAML: mapping key "accounts" already defined at [1:1]`},
		{"two documents", "", "---\nlog: {}", "c.yaml:17:1: holds a second YAML document; put everything into one"},
		{"anchor", "name: acme", "name: &a acme", "c.yaml:8:11: suppliers[0].name: uses an anchor or an alias"},
		{"merge key", "", "log: {<<: {}}", "c.yaml:16:7: log.<<: uses the merge key"},
		{"tag", "name: acme", "name: !x acme", `c.yaml:8:11: suppliers[0].name: has the tag "!x"`},
		{"mapping where a list belongs", "buyer: [{domain: NetworkID, identity: AN1}]", "buyer: {domain: NetworkID}", "c.yaml:3:5: accounts[0].buyer: is a mapping of keys, but a list is wanted"},
		{"text where a mapping belongs", "", "log: loud", "c.yaml:16:6: log: is a single value, but keys with values are wanted"},
		{"list where a value belongs", "name: acme", "name: [acme]", "c.yaml:8:5: suppliers[0].name: is a list, but a single value is wanted"},
		{"truth value as text", "name: acme", "name: true", "c.yaml:8:11: suppliers[0].name: is true without quotes, which YAML reads as a truth value; quote it"},
		{"text as truth value", "", "nats: {strict: yes}", `c.yaml:16:16: nats.strict: is "yes"; give true or false`},
		{"text as number", "", "nats: {replicas: three}", `c.yaml:16:18: nats.replicas: is "three", which is not a whole number`},
		{"duration without unit", "", "worker: {shutdown: 30}", `c.yaml:16:20: worker.shutdown: is "30", which is not a duration; give a number with ms, s, m or h, such as 30s or 1h30m`},
		{"size in decimal units", "", "ingest: {limits: {body: 5MB}}", `c.yaml:16:25: ingest.limits.body: is "5MB", which is not a size; give a whole number with B, KiB, MiB or GiB, such as 5MiB`},
		{"size too large", "", "ingest: {limits: {body: 1GiB, inflated: 1GiB}}", "c.yaml:16:25: ingest.limits.body: is 1GiB; give at most 64MiB"},
		{"negative size", "", "ingest: {limits: {body: -1}}", `c.yaml:16:25: ingest.limits.body: is "-1", which is not a size`},
		{"inflated below body", "", "ingest: {limits: {inflated: 1MiB}}", "c.yaml:16:29: ingest.limits.inflated: is 1MiB, less than ingest.limits.body (5MiB); make it at least that"},
		{"attachments below one", "", "ingest: {limits: {attachments: 1MiB}}", "c.yaml:16:32: ingest.limits.attachments: is 1MiB, less than ingest.limits.attachment (10MiB); make it at least that"},
		{"memory for one message", "", "ingest: {limits: {memory: 30MiB}}", "c.yaml:16:27: ingest.limits.memory: is 30MiB; give at least 61MiB, or the largest message"},
		{"identity", "name: globex", "name: globex\n    identity: payload", `c.yaml:13:15: suppliers[1].identity: is "payload"; did you mean payloadID?`},
		{"duplicate numbers", "    netsuite:", "    bill: {duplicate_numbers: block}\n    netsuite:", `c.yaml:4:31: accounts[0].bill.duplicate_numbers: is "block"; did you mean blocked?`},
		{"days before a number is another invoice", "    netsuite:", "    bill: {same_number_days: -1}\n    netsuite:", "c.yaml:4:30: accounts[0].bill.same_number_days: is -1; give 1 or more, or leave it out for 90"},
		{"zero limit", "", "ingest: {limits: {depth: 0}}", "c.yaml:16:26: ingest.limits.depth: is 0; give a value above 0"},
		{"infinite rate", "", "ingest: {limits: {address_rate: .inf}}", `c.yaml:16:33: ingest.limits.address_rate: is ".inf", which is not a number`},
		{"level", "", "log: {level: wran}", `c.yaml:16:14: log.level: is "wran"; did you mean warn?`},
		{"listen", "", "ingest: {listen: localhost}", `c.yaml:16:18: ingest.listen: is "localhost", which is not an address to listen on; give host:port, such as 127.0.0.1:8080 or :8443`},
		{"one port twice", "", "ingest: {admin: \"127.0.0.1:8080\"}", `c.yaml:16:17: ingest.admin: is "127.0.0.1:8080", the same as ingest.listen; give another port`},
		{"half of TLS", "", "ingest: {tls: {key: k}}", "c.yaml:16:10: ingest.tls: needs both certificate and key; give the other one, or leave out both"},
		{"public URL in the clear", "", "ingest: {public_url: http://cxml.example.com}", `c.yaml:16:22: ingest.public_url: is "http://cxml.example.com", which is not encrypted; use https`},
		{"shutdown shorter than a request", "", "ingest: {shutdown: 5s}", "c.yaml:16:20: ingest.shutdown: is 5s, not longer than ingest.publish_timeout (8s)"},
		{"no journal", "", "ingest: {journal: \"\"}", "c.yaml:16:19: ingest.journal: is empty"},
		{"NATS address", "", "nats: {url: localhost}", "c.yaml:16:13: nats.url: is not a NATS address; give nats://host:4222, several with commas, or embedded"},
		{"NATS scheme", "", "nats: {url: \"nat://localhost\"}", `c.yaml:16:13: nats.url: has the scheme "nat"; did you mean nats?`},
		{"NATS password in the URL", "", "nats: {url: \"nats://u:" + canary + "@h\"}", "c.yaml:16:13: nats.url: carries a user or password, which would end in logs; use nats.credentials"},
		{"replicas of the embedded server", "", "nats: {url: embedded, replicas: 3}", "c.yaml:16:33: nats.replicas: is 3, but the embedded server is alone; set 1"},
		{"even replicas", "", "nats: {replicas: 2}", "c.yaml:16:18: nats.replicas: is 2; give 1, 3 or 5"},
		{"prefix", "", "nats: {prefix: a.b}", `c.yaml:16:16: nats.prefix: is "a.b"; give lower-case letters, digits and dashes, 32 at most, a letter or digit first`},
		{"strict without monitoring", "", "nats: {strict: true}", "c.yaml:16:16: nats.strict: is true, but without nats.monitoring_url"},
		{"heartbeat too slow", "", "worker: {heartbeat: 11s}", "c.yaml:16:21: worker.heartbeat: is 11s, more than a third of worker.ack_wait (30s): one lost heartbeat would start a document twice; give 10s or less"},
		{"no wait for a suspect sign-in", "", "worker: {breaker: {suspect: 0s}}", "c.yaml:16:29: worker.breaker.suspect: is 0s; give a value above 0"},
		{"no wait for a held sign-in", "", "worker: {breaker: {slow: -1h}}", "c.yaml:16:26: worker.breaker.slow: is -1h0m0s; give a value above 0"},
		{"empty schedule", "", "worker: {retry: {odd: []}}", "c.yaml:16:18: worker.retry.odd: is an empty list; give at least one waiting time, such as [1m, 5m]"},
		{"schedule that gets shorter", "", "worker: {retry: {odd: [5m, 1m]}}", "c.yaml:16:28: worker.retry.odd[1]: is 1m0s, shorter than the 5m0s before it"},
		{"deadline before the first try", "", "worker: {retry: {deadline: 1s}}", "c.yaml:16:28: worker.retry.deadline: is 1s, before the first try of worker.retry.not_yet (5m0s); make it longer"},
		{"account name", "name: main", "name: Main", `c.yaml:2:11: accounts[0].name: is "Main"; give lower-case letters` + "\n" +
			`c.yaml:11:16: suppliers[0].accounts.main: names the account "main", which is not described; did you mean Main?` + "\n" +
			`c.yaml:15:16: suppliers[1].accounts.main: names the account "main", which is not described; did you mean Main?`},
		{"account without a name", "- name: main\n    buyer", "- buyer", "c.yaml:2:5: accounts[0].name: is missing"},
		{"account without a buyer", "buyer: [{domain: NetworkID, identity: AN1}]", "buyer: []", "c.yaml:3:5: accounts[0].buyer: is empty, so that no document can name this account"},
		{"buyer without a domain", "{domain: NetworkID, identity: AN1}", "{identity: AN1}", "c.yaml:3:13: accounts[0].buyer[0].domain: is missing"},
		{"sandbox that is not there", "    netsuite:", "    sandbox: sandobx\n    netsuite:", `c.yaml:4:14: accounts[0].sandbox: names the account "sandobx", which is not described; known here: main`},
		{"its own sandbox", "    netsuite:", "    sandbox: main\n    netsuite:", "c.yaml:4:14: accounts[0].sandbox: is the account itself"},
		{"slots", "      account: \"1234567\"", "      account: \"1234567\"\n      slots: 21", "c.yaml:6:14: accounts[0].netsuite.slots: is 21; give 1 to 20, NetSuite refuses more calls at once"},
		{"lanes", "    netsuite:", "    lanes: 0\n    netsuite:", "c.yaml:4:12: accounts[0].lanes: is 0; give 1 to 64"},
		{"base URL in the clear", "      account: \"1234567\"", "      account: \"1234567\"\n      base_url: http://proxy.example.com", `c.yaml:6:17: accounts[0].netsuite.base_url: is "http://proxy.example.com", which is not encrypted`},
		{"plain text secret", "env:ACME_SECRET", canary, "c.yaml:10:49: suppliers[0].credentials[0].secrets[0]: holds a secret in plain text, which would end in backups and tickets; give env:NAME (an environment variable) or file:PATH (a file with the secret alone)"},
		{"secret as a variable's name", "env:ACME_SECRET", "env:" + canary, "c.yaml:10:49: suppliers[0].credentials[0].secrets[0]: is env: with something that is not the name of an environment variable"},
		{"secret where a list belongs", "secrets: [env:ACME_SECRET]", "secrets: " + canary, "c.yaml:10:48: suppliers[0].credentials[0].secrets: is a single value, but a list is wanted"},
		{"masked secret", "env:ACME_SECRET", "<secret>", "c.yaml:10:49: suppliers[0].credentials[0].secrets[0]: is the masked form"},
		{"variable not set", "env:ACME_SECRET", "env:NO_SUCH_VARIABLE", "c.yaml:10:49: suppliers[0].credentials[0].secrets[0]: names the environment variable NO_SUCH_VARIABLE, which is not set or empty; set it for this process"},
		{"file not there", "env:ACME_SECRET", "file:/no/such", "c.yaml:10:49: suppliers[0].credentials[0].secrets[0]: cannot be read: stat /no/such: no such file or directory"},
		{"no secrets", "[env:ACME_SECRET]", "[]", "c.yaml:10:39: suppliers[0].credentials[0].secrets: is empty"},
		{"plain secret outside a demo", "env:ACME_SECRET", "plain:" + canary, "c.yaml:10:49: suppliers[0].credentials[0].secrets[0]: is a plain: secret, which is for demos only"},
		{"no token", ", token_secret: env:NETSUITE_TOKEN_SECRET", "", "c.yaml:6:7: accounts[0].netsuite.tba.token_secret: is missing; give env:NAME or file:PATH"},
		{"strategy", "    netsuite:", "    bill: {strategy: transform-replaced}\n    netsuite:", `c.yaml:4:22: accounts[0].bill.strategy: is "transform-replaced"; did you mean transform-replace?`},
		{"charge with two targets", "    netsuite:", "    bill: {charges: {tax: {account: 1, item: 2}}}\n    netsuite:", "c.yaml:4:22: accounts[0].bill.charges.tax: has both account and item"},
		{"charge by name", "    netsuite:", "    bill: {charges: {tax: {account: Freight}}}\n    netsuite:", `c.yaml:4:37: accounts[0].bill.charges.tax.account: is "Freight", which is no internal id`},
		{"currency", "    netsuite:", "    bill: {currencies: {usd: [\"1\"]}}\n    netsuite:", "c.yaml:4:25: accounts[0].bill.currencies.usd: is no currency"},
		{"tolerance", "    netsuite:", "    bill: {tolerance: {percent: 101}}\n    netsuite:", "c.yaml:4:33: accounts[0].bill.tolerance.percent: is 101; give 0 to 100"},
		{"tolerance with a sign", "    netsuite:", "    bill: {tolerance: {amount: 5%}}\n    netsuite:", `c.yaml:4:32: accounts[0].bill.tolerance.amount: "5%" is not a decimal number`},
		{"policy for what cannot be right", "    netsuite:", "    bill: {policies: {wrong-vendor: payment-hold}}\n    netsuite:", "c.yaml:4:37: accounts[0].bill.policies.wrong-vendor: cannot be given a policy: the bill could not be made, or its money would be wrong; those that can are invoice-date-future, line-repeated, price-mismatch, quantity-exceeds-order, total-mismatch"},
		{"policy for no reason", "    netsuite:", "    bill: {policies: {price-mismatsch: bill}}\n    netsuite:", "c.yaml:4:40: accounts[0].bill.policies.price-mismatsch: is no reason; did you mean price-mismatch?"},
		{"policy that there is not", "    netsuite:", "    bill: {policies: {price-mismatch: hold}}\n    netsuite:", `c.yaml:4:39: accounts[0].bill.policies.price-mismatch: is "hold"`},
		{"policy of receipts", "    netsuite:", "    bill: {policies: {receipt-missing: bill}}\n    netsuite:", "c.yaml:4:40: accounts[0].bill.policies.receipt-missing: is set by bill.before_receipt"},
		{"policy of a supplier", "main: {vendors: [\"502\"]}", "main: {vendors: [\"502\"], policies: {duplicate-invoice: bill}}", "c.yaml:15:71: suppliers[1].accounts.main.policies.duplicate-invoice: cannot be given a policy"},
		{"tolerance of a supplier", "main: {vendors: [\"502\"]}", "main: {vendors: [\"502\"], tolerance: {percent: -1}}", "c.yaml:15:62: suppliers[1].accounts.main.tolerance.percent: is -1; give 0 to 100"},
		{"period", "    netsuite:", "    bill: {period: dead-letter}\n    netsuite:", `c.yaml:4:20: accounts[0].bill.period: is "dead-letter"; known here: first-open, invoice-date`},
		{"before the receipt", "    netsuite:", "    bill: {before_receipt: waits}\n    netsuite:", `c.yaml:4:28: accounts[0].bill.before_receipt: is "waits"; did you mean wait?`},
		{"on delete", "    netsuite:", "    bill: {on_delete: viod}\n    netsuite:", `c.yaml:4:23: accounts[0].bill.on_delete: is "viod"; did you mean void?`},
		{"days", "    netsuite:", "    bill: {future_days: -1}\n    netsuite:", "c.yaml:4:25: accounts[0].bill.future_days: is -1; give 0 (any date) to 3660"},
		{"conversion", "    netsuite:", "    bill: {conversions: {BOX: {EA: 0}}}\n    netsuite:", "c.yaml:4:36: accounts[0].bill.conversions.BOX.EA: is 0; say how many EA one BOX is, above 0"},
		{"payload field", "    netsuite:", "    orders: {payload_field: otherRefNum}\n    netsuite:", "c.yaml:4:29: accounts[0].orders.payload_field: is no body field of purchase orders"},
		{"name of a table", "    netsuite:", "    lookups: {Carriers: {UPS: \"1\"}}\n    netsuite:", "c.yaml:4:15: accounts[0].lookups.Carriers: is no name of a table"},
		{"empty entry of a table", "    netsuite:", "    lookups: {carriers: {UPS: \" \"}}\n    netsuite:", "c.yaml:4:31: accounts[0].lookups.carriers.UPS: has an empty key or value"},
		{"line numbers", "    netsuite:", "    orders: {line_numbers: postion}\n    netsuite:", `c.yaml:4:28: accounts[0].orders.line_numbers: is "postion"; did you mean position?`},
		{"field without an expression", "    netsuite:", "    orders: {fields: {header: {custbody_x: \"\"}}}\n    netsuite:", "c.yaml:4:44: accounts[0].orders.fields.header.custbody_x: has no expression"},
		{"name given twice", "name: globex", "name: acme", `c.yaml:12:11: suppliers[1].name: is "acme", the name of suppliers[0] too; names are given once`},
		{"credential of two suppliers", "{domain: DUNS, identity: \"2\"", "{domain: duns, identity: \" 1 \"", `c.yaml:14:9: suppliers[1].credentials[0]: is "duns/ 1 ", which already belongs to the supplier "acme"; a credential names one supplier`},
		{"credential of the buyer", "{domain: DUNS, identity: \"2\"", "{domain: networkid, identity: AN1", `c.yaml:14:9: suppliers[1].credentials[0]: is "networkid/AN1", which is the buyer of account "main"`},
		{"account that is not there", "main: {vendors: [\"502\"]}", "mian: {vendors: [\"502\"]}", `c.yaml:15:16: suppliers[1].accounts.mian: names the account "mian", which is not described; did you mean main?`},
		{"no vendors", "vendors: [\"502\"]", "vendors: []", "c.yaml:15:23: suppliers[1].accounts.main.vendors: is empty"},
		{"vendor by name", "vendors: [\"502\"]", "vendors: [ACME Inc]", `c.yaml:15:33: suppliers[1].accounts.main.vendors[0]: is "ACME Inc", which is no internal id`},
		{"no accounts", "    accounts: {main: {vendors: [\"502\"]}}", "", "c.yaml:12:5: suppliers[1].accounts: is empty"},
		{"network", "name: globex", "name: globex\n    cidr: [203.0.113.9/24]", `c.yaml:13:12: suppliers[1].cidr[0]: is "203.0.113.9/24", whose address lies inside the network; did you mean 203.0.113.0/24, or the single address 203.0.113.9?`},
		{"zone", "name: globex", "name: globex\n    zone: Berlin", `c.yaml:13:11: suppliers[1].zone: is "Berlin", which is not a time zone; give an IANA name such as Europe/Berlin or UTC`},
		{"zone of the machine", "name: globex", "name: globex\n    zone: Local", `c.yaml:13:11: suppliers[1].zone: is "Local", which is not a time zone`},
		{"fingerprint", "[env:GLOBEX_SECRET]", "[env:GLOBEX_SECRET], certificates: [12:34:5a]", "c.yaml:14:69: suppliers[1].credentials[0].certificates: is set, but clients are not asked for certificates\n" +
			`c.yaml:14:84: suppliers[1].credentials[0].certificates[0]: is "12:34:5a", which is not the SHA-256 of a certificate`},
		{"certificate that nobody asks for", "secrets: [env:GLOBEX_SECRET]", "certificates: [" + strings.Repeat("ab", 32) + "]", "c.yaml:14:39: suppliers[1].credentials[0].certificates: is set, but clients are not asked for certificates; set ingest.tls.client_certificates: true"},
		{"client certificates without TLS", "", "ingest: {tls: {client_certificates: true}}", "c.yaml:16:37: ingest.tls.client_certificates: is true, but ingest.tls has no certificate"},
		{"rate", "name: globex", "name: globex\n    rate: 0", "c.yaml:13:11: suppliers[1].rate: is 0; give a value above 0"},
		{"nothing", good, "", "c.yaml: accounts: is empty; describe at least one NetSuite account"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := good + c.new
			if c.old != "" {
				if !strings.Contains(good, c.old) {
					t.Fatalf("the good file has no %q", c.old)
				}
				text = strings.Replace(good, c.old, c.new, 1)
			}
			mustRefuse(t, text, c.want)
		})
	}
}

// mustRefuse fails unless a file is refused with these problems, one a line and each by its beginning, and shows no secret.
func mustRefuse(t *testing.T, text, want string) {
	t.Helper()
	_, err := Parse("c.yaml", []byte(text))
	if err == nil {
		t.Fatal("the file was accepted")
	}
	if strings.Contains(err.Error(), canary) {
		t.Errorf("the error shows a secret: %v", err)
	}
	said, wanted := strings.Split(err.Error(), "\n"), strings.Split(want, "\n")
	for i := range max(len(said), len(wanted)) {
		if i >= len(said) || i >= len(wanted) || !strings.HasPrefix(said[i], wanted[i]) {
			t.Fatalf("errors:\n%s\nwant:\n%s", err, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	setSecrets(t)
	for _, c := range []struct{ name, old, new, want string }{
		{"listener open without TLS", "", "ingest: {listen: \":8080\"}", "c.yaml:16:18: ingest.listen: is open to other machines without TLS"},
		{"NetSuite account twice", "suppliers:", "  - name: other\n    buyer: [{domain: NetworkID, identity: AN2}]\n    netsuite: {account: \"1234567\", tba: {consumer_key: k, consumer_secret: env:NETSUITE_CONSUMER_SECRET, token_id: i, token_secret: env:NETSUITE_TOKEN_SECRET}}\nsuppliers:", `c.yaml:9:25: accounts[1].netsuite.account: is the NetSuite account of "main" too`},
		{"shared vendor", "\"502\"", "\"501\"", `c.yaml:15:33: suppliers[1].accounts.main.vendors[0]: is "501", also a vendor of the supplier "acme"`},
		{"no suppliers", good[strings.Index(good, "suppliers:"):], "", "c.yaml: suppliers: is empty; every document will be refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := good + c.new
			if c.old != "" {
				text = strings.Replace(good, c.old, c.new, 1)
			}
			w := mustParse(t, text).Warnings()
			if len(w) != 1 || !strings.HasPrefix(w[0].String(), c.want) {
				t.Errorf("warnings %v, want %s", w, c.want)
			}
		})
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"netsiute", "netsuite", 1}, {"lsten", "listen", 1}, {"kitten", "sitting", 3}, {"lanes", "lanes", 0}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
