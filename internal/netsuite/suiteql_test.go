package netsuite

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAllPagesAreRead(t *testing.T) {
	client, far := connect(t, func(w http.ResponseWriter, r *http.Request) {
		offset := r.URL.Query().Get("offset")
		fmt.Fprintf(w, `{"items":[{"id":%q}],"hasMore":%v}`, offset, offset != "2000")
	})
	rows, err := client.Query(t.Context(), "SELECT id FROM item ORDER BY id")
	if err != nil || len(rows) != 3 || rows[2]["id"] != "2000" {
		t.Errorf("%v, %v", rows, err)
	}
	if got := far.requests(); strings.Contains(got[0].Body, "params") {
		t.Errorf("body %s", got[0].Body)
	}
}

func TestQueryWithoutEndIsRefused(t *testing.T) {
	client, far := connect(t, answering(200, nil, `{"items":[],"hasMore":true}`))
	if _, err := client.Query(t.Context(), "SELECT id FROM item"); err == nil || len(far.requests()) != 100 {
		t.Errorf("%d requests, %v", len(far.requests()), err)
	}
}

func TestQueryFailuresAreThoseOfARead(t *testing.T) {
	for status, want := range map[int]Class{500: Down, 503: Down, 400: Refused, 200: Odd} {
		client, _ := connect(t, answering(status, nil, map[bool]string{true: `{"count":0}`, false: "page"}[status == 200]))
		_, err := client.FindBills(t.Context(), "501", "INV-1")
		if classOf(t, err) != want || !strings.Contains(err.Error(), "INV-1") {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestProbeAsksForTheTimeOneRowAndOneRecord(t *testing.T) {
	broken := ""
	client, far := connect(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case broken != "" && strings.Contains(r.URL.Path, broken):
			w.WriteHeader(403)
			io.WriteString(w, `{"o:errorDetails":[{"detail":"Permission Violation","o:errorCode":"INSUFFICIENT_PERMISSION"}]}`)
		case strings.HasSuffix(r.URL.Path, "serverTime"):
			fmt.Fprintf(w, `{"serverTime":%q}`, time.Now().Add(3*time.Minute).UTC().Format(time.RFC3339))
		default:
			io.WriteString(w, `{"items":[{"id":"1"}],"hasMore":true}`)
		}
	})
	if err := client.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := far.requests()
	if len(got) != 3 || got[2].URI != "/services/rest/record/v1/purchaseOrder/1?fields=tranId" || got[1].URI != "/services/rest/query/v1/suiteql?limit=1&offset=0" ||
		got[1].Body != `{"q":"SELECT id FROM transaction FETCH FIRST 1 ROWS ONLY"}` || got[1].Header.Get("Prefer") != "transient" {
		t.Errorf("%+v", got)
	}
	if skew, err := client.ClockSkew(t.Context()); err != nil || (skew-3*time.Minute).Abs() > 5*time.Second {
		t.Errorf("skew %s, %v", skew, err)
	}
	for _, broken = range []string{"suiteql", "serverTime"} {
		if err := client.Probe(t.Context()); classOf(t, err) != Refused {
			t.Errorf("%s: %v", broken, err)
		}
	}
	if _, err := client.ClockSkew(t.Context()); classOf(t, err) != Refused {
		t.Error(err)
	}
}

func TestProbeFindsTheRecordServiceDownAlone(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   Class
	}{
		{503, "<html>maintenance</html>", Down},
		{500, `{"status":500,"o:errorDetails":[{"detail":"An unexpected error occurred. Error ID: x","o:errorCode":"UNEXPECTED_ERROR"}]}`, None},
		{500, "<html>error</html>", Down},
		{404, `{"status":404,"o:errorDetails":[{"detail":"The record instance does not exist.","o:errorCode":"NONEXISTENT_ID"}]}`, None},
		{403, `{"status":403,"o:errorDetails":[{"detail":"Permission Violation","o:errorCode":"INSUFFICIENT_PERMISSION"}]}`, None},
		{200, `{"id":"1","tranId":"PO-1"}`, None},
	} {
		client, _ := connect(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.HasSuffix(r.URL.Path, "serverTime"):
				fmt.Fprintf(w, `{"serverTime":%q}`, time.Now().UTC().Format(time.RFC3339))
			case strings.HasSuffix(r.URL.Path, "suiteql"):
				io.WriteString(w, `{"items":[{"id":"1"}],"hasMore":false}`)
			default:
				w.WriteHeader(c.status)
				io.WriteString(w, c.body)
			}
		})
		if err := client.Probe(t.Context()); ClassOf(err) != c.want || (err == nil) != (c.want == None) {
			t.Errorf("%d: %v, want class %q", c.status, err, c.want)
		}
	}
}

func TestServerTimeThatIsNoTimeIsOdd(t *testing.T) {
	for _, body := range []string{`{}`, `{"serverTime":"noon"}`} {
		client, _ := connect(t, answering(200, nil, body))
		if _, err := client.ServerTime(t.Context()); classOf(t, err) != Odd {
			t.Errorf("%s: %v", body, err)
		}
	}
}
