//go:build linux

package disk_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"counterpunch/internal/demo"
	"counterpunch/internal/simulator"
	"counterpunch/internal/testkit/wait"
)

// invoice is the n-th invoice of a supplier. There is always another one, however fast a disk takes them.
func invoice(t *testing.T, n int) []byte {
	t.Helper()
	g, err := demo.Invoice(demo.Acme(), simulator.SeedOrder{
		TranID: fmt.Sprint("PO-", n), Vendor: "501",
		Items: []simulator.SeedLine{{Line: 1, Item: "W-1", Quantity: "5", Rate: "2.5"}},
	})
	if err != nil {
		t.Error(err)
	}
	return g.Body
}

// expectStatus asks after a document as its supplier may, and again for as long as it is told to come later.
func expectStatus(t *testing.T, w *demo.World, id string) {
	t.Helper()
	url := strings.TrimSuffix(w.Addresses().Suppliers, "/cxml") + "/documents/" + id
	var code int
	wait.Until(t.Context(), t, "there is an answer about document "+id, func() bool {
		code = get(t, url)
		return code != http.StatusTooManyRequests
	})
	if code != http.StatusOK {
		t.Errorf("document %s was answered with 200, and its status is answered with %d", id, code)
	}
}

func get(t *testing.T, url string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("acme", "acme-secret")
	defer http.DefaultClient.CloseIdleConnections()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}
