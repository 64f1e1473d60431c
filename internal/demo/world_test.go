package demo_test

import (
	"strings"
	"testing"

	"counterpunch/internal/config"
)

func TestCommandsFindAWorldByItsConfigurationFile(t *testing.T) {
	w := open(t, nil)
	c, err := config.Load(w.ConfigFile())
	if err != nil {
		t.Fatal(err)
	}
	a := w.Addresses()
	if c.NATS.URL != a.NATS || c.Accounts[0].NetSuite.BaseURL != a.NetSuite || "http://"+c.Ingest.Listen+"/cxml" != a.Suppliers {
		t.Errorf("the file says NATS %s, NetSuite %s and suppliers %s; they are at %+v", c.NATS.URL, c.Accounts[0].NetSuite.BaseURL, c.Ingest.Listen, a)
	}
	if c.Ingest.Journal != w.Config.Ingest.Journal || !strings.HasPrefix(c.Ingest.Journal, w.Directory()) {
		t.Errorf("the file says that the journal is %s; it is %s", c.Ingest.Journal, w.Config.Ingest.Journal)
	}
}
