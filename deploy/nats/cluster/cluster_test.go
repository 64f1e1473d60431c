package cluster_test

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"counterpunch/internal/app"
	"counterpunch/internal/demo"
)

func TestTheShippedCluster(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts three servers and the programs, and restarts the servers")
	}
	i := install(t, startServers(t), 600)
	t.Run("every program may do what it has to", func(t *testing.T) { proveEnough(t, i) })
	t.Run("nobody may do more than it has to", func(t *testing.T) { proveNoMore(t, i) })
	t.Run("a refused program says so readably", func(t *testing.T) { proveReadable(t, i) })
	t.Run("servers restart one after another under load", func(t *testing.T) { proveRollingRestart(t, i) })
}

// proveEnough takes every step of a document, and does what people do, with exactly the permissions that are shipped.
func proveEnough(t *testing.T, i *installation) {
	i.servers.t, i.t = t, t
	var ids []string
	send := func(g demo.Generated, err error, change ...string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		a, err := i.post([]byte(strings.NewReplacer(change...).Replace(string(g.Body))))
		if err != nil || a.Code != 200 {
			t.Fatalf("%d %s, %v", a.Code, a.Body, err)
		}
		ids = append(ids, a.ID)
	}
	for _, o := range i.orders[:4] {
		g, err := demo.OrderConfirmation(demo.Acme(), o)
		send(g, err)
		send(g, err) // again
		g, err = demo.Invoice(demo.Acme(), o)
		send(g, err, "<Request", "<!--"+strings.Repeat(" long", 100_000)+"--><Request") // so long that it is stored apart
	}
	g, err := demo.Invoice(demo.Acme(), i.orders[0])
	send(g, err, "INV-", "ODD-") // a second invoice of what is billed already is for a person
	letter := ids[len(ids)-1]
	letters, saved := filepath.Join(i.dir, "letters.jsonl"), filepath.Join(i.dir, "saved")
	for _, id := range ids {
		s := ""
		i.servers.await("the end of document "+id, func() bool {
			out, code := i.counterpunch("documents", "show", id)
			if s = out; code != 0 {
				t.Fatalf("documents show %s: %d", id, code)
			}
			return strings.Contains(out, "applied") || strings.Contains(out, "dead-lettered")
		})
		if want := "dead-lettered"; strings.Contains(s, want) != (id == letter) {
			t.Errorf("document %s: %s", id, s)
		}
	}
	if code := i.status(ids[0]); code != http.StatusOK {
		t.Errorf("the supplier asks after its document: %d", code)
	}
	for _, command := range []string{
		"documents ls", "documents show " + ids[2], "deadletters ls", "deadletters show " + letter, "deadletters replay --yes " + letter, "streams check",
		"accounts ls", "accounts hold main --reason test", "accounts resume main --reason test", "accounts lanes main 5",
		"streams migrate --yes", "deadletters replay --all --yes --note test", "jobs ls", "deadletters edits", "deadletters export --file " + letters,
		"deadletters import --file " + letters, "deadletters ls", "reconcile", "documents plan " + ids[0],
		"lookups set carriers UPS 12 --reason test", "lookups list", "documents forget --yes --reason test " + ids[0], "backup create " + saved,
	} {
		if out, code := i.counterpunch(strings.Fields(command)...); code != 0 {
			t.Errorf("%s: %d %s", command, code, out)
		}
	}
	if strings.Contains(i.log.String(), "Permissions Violation") {
		t.Error("a program was refused something")
	}
}

// proveNoMore tries what each user may not do.
func proveNoMore(t *testing.T, i *installation) {
	i.servers.t, i.t = t, t
	lane := "$JS.API.CONSUMER.MSG.NEXT.INBOUND.lane-main-0"
	for user, forbidden := range map[string][]string{
		"ingest": {
			"history.main.invoice.x", "deadletter.main.invoice.x", "parked.main.invoice.x", "$KV.ORDERS.main.7001", "$KV.TOKENS.main.x", lane,
			"$JS.ACK.INBOUND.lane-main-0.1.1.1.1.1", "$JS.API.STREAM.MSG.DELETE.INBOUND", "$JS.API.STREAM.CREATE.OTHER", "$JS.API.STREAM.DELETE.INBOUND",
			"$JS.API.STREAM.PURGE.INBOUND", "$JS.API.CONSUMER.CREATE.INBOUND", "$JS.API.STREAM.SNAPSHOT.INBOUND",
			"$JS.API.STREAM.MSG.GET.DEADLETTERS", "$JS.API.STREAM.MSG.GET.PARKED", "$JS.API.DIRECT.GET.DEADLETTERS", "$JS.API.DIRECT.GET.KV_TOKENS.$KV.TOKENS.main",
			"$JS.API.DIRECT.GET.KV_ORDERS.$KV.ORDERS.main.7001", "$JS.API.STREAM.MSG.GET.KV_JOBS", "$SYS.REQ.SERVER.PING",
		},
		"worker": {"$JS.API.STREAM.DELETE.INBOUND", "$JS.API.STREAM.PURGE.INBOUND", "$JS.API.STREAM.SNAPSHOT.INBOUND", "$JS.API.STREAM.RESTORE.INBOUND", "$SYS.REQ.SERVER.PING"},
		"operator": {
			"$JS.ACK.INBOUND.lane-main-0.1.1.1.1.1", "$JS.API.STREAM.DELETE.INBOUND", "$SYS.REQ.SERVER.PING",
		},
		"monitor": {
			"inbound.main.0.invoice.x", "$JS.API.STREAM.MSG.GET.INBOUND", "$JS.API.DIRECT.GET.KV_ACCOUNTS.$KV.ACCOUNTS.main", "$KV.ACCOUNTS.main", lane,
			"$JS.API.CONSUMER.CREATE.INBOUND", "$JS.API.STREAM.CREATE.OTHER", "$JS.API.STREAM.DELETE.INBOUND",
		},
	} {
		nc, refused := i.connect(user)
		for _, subject := range forbidden {
			if err := nc.Publish(subject, []byte("{}")); err != nil {
				t.Fatal(err)
			}
			if err := <-refused; !errors.Is(err, nats.ErrPermissionViolation) || !strings.Contains(err.Error(), subject) {
				t.Errorf("%s publishes to %s: %v", user, subject, err)
			}
		}
		for _, subject := range []string{"_INBOX.other.>", "inbound.>", ">"} {
			if _, err := nc.SubscribeSync(subject); err != nil {
				t.Fatal(err)
			}
			if err := <-refused; !errors.Is(err, nats.ErrPermissionViolation) {
				t.Errorf("%s listens to %s: %v", user, subject, err)
			}
		}
	}
}

// proveReadable runs an intake with the rights of the monitor. JetStream answers what is not allowed with silence; what the
// client hears beside it has to reach the log.
func proveReadable(t *testing.T, i *installation) {
	i.servers.t, i.t = t, t
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	cfg := i.load("monitor")
	cfg.Ingest.Listen = "127.0.0.1:0"
	var log lockedBuffer
	if err := app.RunIngest(ctx, cfg, zerolog.New(&log)); err == nil || !strings.Contains(err.Error(), "permissions of this connection") {
		t.Errorf("an intake with the rights of the monitor: %v", err)
	}
	for _, said := range []string{"nats.error", "Permissions Violation for"} {
		if !strings.Contains(log.String(), said) {
			t.Errorf("the log does not say %q: %s", said, log.String())
		}
	}
}

// proveRollingRestart restarts each server while invoices come in.
func proveRollingRestart(t *testing.T, i *installation) {
	i.servers.t, i.t = t, t
	orders := i.orders[4:]
	nc, _ := i.connect("monitor")
	before, billed := inbound(t, nc), len(i.simulator.Books().VendorBills)
	var senders sync.WaitGroup
	stop := make(chan struct{})
	var mu sync.Mutex
	accepted, later := map[string]string{}, 0
	began, gap := time.Now(), time.Duration(0) // since the last 200
	for n := range 4 {
		senders.Go(func() {
			for k := n; k < len(orders); k += 4 {
				g, err := demo.Invoice(demo.Acme(), orders[k])
				if err != nil {
					t.Error(err)
					return
				}
				for {
					a, err := i.post(g.Body)
					mu.Lock()
					if err == nil && a.Code == 200 {
						accepted[g.Number] = a.ID
						gap, began = max(gap, time.Since(began)), time.Now()
						mu.Unlock()
						break
					}
					later++
					mu.Unlock()
					if !errors.Is(err, errLater) {
						t.Errorf("%s: %d %v", g.Number, a.Code, err)
						return
					}
				}
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
				}
			}
		})
	}
	for n := range i.servers.nodes {
		i.servers.restart(n)
	}
	close(stop)
	senders.Wait()
	i.servers.await("every bill", func() bool { return len(i.simulator.Books().VendorBills) >= billed+len(accepted) })
	bills := map[string]int{}
	for _, b := range i.simulator.Books().VendorBills {
		bills[b.TranID]++
	}
	for number := range accepted {
		if bills[number] != 1 {
			t.Errorf("invoice %s was answered with 200 and has %d bills", number, bills[number])
		}
	}
	if stored := inbound(t, nc) - before; stored != uint64(len(accepted)) {
		t.Errorf("%d documents are stored, %d were accepted", stored, len(accepted))
	}
	t.Logf("%d documents, 3 restarts, %d answers 560, longest time without a 200: %s", len(accepted), later, gap.Round(time.Millisecond))
	if !strings.Contains(i.log.String(), "nats.reconnected") {
		t.Error("no program had to reconnect: the restarts proved nothing")
	}
}

// inbound returns the number of documents in INBOUND, of which there are three copies. One that was parked meanwhile is there
// twice, under its own subject.
func inbound(t *testing.T, nc *nats.Conn) uint64 {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), "INBOUND")
	if err != nil {
		t.Fatal(err)
	}
	info := stream.CachedInfo()
	if info.Config.Replicas != 3 || len(info.Cluster.Replicas) != 2 {
		t.Errorf("INBOUND has %d copies, %d of them at followers", info.Config.Replicas, len(info.Cluster.Replicas))
	}
	return info.State.NumSubjects
}
