package simulator

import (
	"net/http"
	"strings"
	"testing"
)

func TestACallThatIsNotWaitedForIsCarriedOutAsAJob(t *testing.T) {
	b := newBench(t, Options{})
	later := []string{"Prefer", "respond-async", "X-NetSuite-Idempotency-Key", "6a1c0a52-5c2e-4f0e-9d0b-6f1f0a6b7c01"}
	first := b.do("POST", "/services/rest/record/v1/vendorBill", bill("INV-1", "cp-1", "5"), later...)
	if first.status != http.StatusAccepted || first.header.Get("Preference-Applied") != "respond-async" {
		t.Fatalf("%d %s %s", first.status, first.header, first.body)
	}
	job := strings.TrimPrefix(first.header.Get("Location"), b.host)
	for _, path := range []string{"", "/task/1"} {
		if a := b.do("GET", job+path, ""); a.status != 200 || !strings.Contains(string(a.body), `"progress":"succeeded"`) {
			t.Errorf("%s: %d %s", job+path, a.status, a.body)
		}
	}
	if a := b.do("GET", job+"/task/", ""); a.status != 200 || !strings.Contains(string(a.body), job+"/task/1") {
		t.Errorf("%d %s", a.status, a.body)
	}
	result := b.do("GET", job+"/task/1/result", "")
	if result.status != http.StatusNoContent || result.id() == "" {
		t.Errorf("%d %s", result.status, result.header)
	}
	b.must(200, "GET", "vendorBill/"+result.id(), "")

	again := b.do("POST", "/services/rest/record/v1/vendorBill", bill("INV-2", "cp-2", "5"), later...)
	if code, _ := again.problem(); again.status != 400 || code != "IDEMPOTENCY_ERROR" || again.header.Get("Location") != first.header.Get("Location") {
		t.Errorf("%d %s %s", again.status, again.header, again.body)
	}
	if err := b.s.Turn(func(k *Knobs) { k.IdempotencyConflict = 409 }); err != nil {
		t.Fatal(err)
	}
	if a := b.do("POST", "/services/rest/record/v1/vendorBill", bill("INV-2", "cp-2", "5"), later...); a.status != 409 {
		t.Errorf("%d %s", a.status, a.body)
	}
	if n := len(b.s.Books().VendorBills); n != 1 {
		t.Errorf("%d bills", n)
	}
}

func TestAJobThatIsRefusedSaysSoInItsResult(t *testing.T) {
	b := newBench(t, Options{})
	a := b.do("PATCH", "/services/rest/record/v1/purchaseOrder/1", `{"memo":"x"}`, "Prefer", "respond-async")
	if a.status != http.StatusAccepted {
		t.Fatalf("%d %s", a.status, a.body)
	}
	job := strings.TrimPrefix(a.header.Get("Location"), b.host)
	if a := b.do("GET", job, ""); !strings.Contains(string(a.body), `"progress":"failed"`) {
		t.Errorf("%s", a.body)
	}
	if a := b.do("GET", job+"/task/1/result", ""); a.status != 404 {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestOfTwoCallsWithOneKeyThatAreWaitedForBothAreCarriedOut(t *testing.T) {
	b := newBench(t, Options{})
	for _, number := range []string{"1", "2"} {
		if a := b.do("POST", "/services/rest/record/v1/vendorBill", bill("INV-"+number, "cp-"+number, "5"), "X-NetSuite-Idempotency-Key", "same"); a.status != 204 {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
}

func TestWhatIsNoRecordIsNotCalledAsynchronously(t *testing.T) {
	b := newBench(t, Options{})
	a := b.do("POST", "/services/rest/query/v1/suiteql", `{"q":"SELECT id FROM transaction"}`, "Prefer", "transient, respond-async")
	if code, _ := a.problem(); a.status != 400 || code != "INVALID_HEADER" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := b.do("GET", "/services/rest/async/v1/job/77", ""); a.status != 404 {
		t.Errorf("%d %s", a.status, a.body)
	}
}
