package doctor

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"counterpunch/fixtures"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/queue"
	"counterpunch/internal/secret"
	"counterpunch/internal/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patient is a simulated account with a doctor for it.
type patient struct {
	*simulator.Simulator
	options Options
}

func newPatient(t *testing.T, o simulator.Options, knobs ...func(*simulator.Knobs)) *patient {
	t.Helper()
	s := simulator.New(o)
	if err := s.SeedOrders(fixtures.Orders()); err != nil {
		t.Fatal(err)
	}
	for _, turn := range knobs {
		if err := s.Turn(turn); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(s)
	client, err := netsuite.New(netsuite.Options{
		Account: "1234567_SB1", BaseURL: server.URL, Slots: 1,
		Credentials: demoSignIn(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		server.Close()
	})
	m := mapping.Default()
	m.Charges = map[string]mapping.Target{
		"tax": {Account: "610"}, "shipping": {Account: "611"}, "handling": {Account: "612"}, "discount": {Account: "613"}, "other": {Item: "201"},
	}
	return &patient{Simulator: s, options: Options{
		Account: "main", NetSuite: client, Mapping: m, Order: "PO-1001",
		Vendors: map[string][]string{"acme": {"501"}, "globex": {"502"}},
		Guarantee: func(context.Context) (queue.Guarantee, error) {
			return queue.Guarantee{Known: true, SyncAlways: true, Replicas: 3, Source: "http://nats:8222"}, nil
		},
		State: func(context.Context) (queue.AccountState, error) {
			return queue.AccountState{Lanes: 4, Credential: queue.CredentialProven}, nil
		},
	}}
}

func demoSignIn() netsuite.TBA {
	return netsuite.TBA{
		ConsumerKey: "demo-consumer-key", ConsumerSecret: secret.New("demo-consumer-secret"),
		TokenID: "demo-token", TokenSecret: secret.New("demo-token-secret"),
	}
}

func (p *patient) doctor(t *testing.T) *Doctor {
	t.Helper()
	d, err := New(p.options)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// harmless fails the test when anything was saved.
func (p *patient) harmless(t *testing.T, before simulator.Mark) {
	t.Helper()
	for _, e := range p.Effects(before) {
		t.Errorf("the examination changed NetSuite: %s", e)
	}
}

// lines is a report in one line a rung, for comparing.
func lines(r Report) string {
	var b strings.Builder
	for _, one := range r.Rungs {
		b.WriteString(one.ID + " " + string(one.Result) + "\n")
	}
	return b.String()
}
