package netsuite

import (
	"encoding/json"
	"testing"
	"time"
)

func TestTheFirstOpenPeriodIsAskedForByTheEndOfTheInvoiceDate(t *testing.T) {
	client, far := connect(t, answering(200, nil, `{"items":[{"links":[],"id":"202612","periodname":"Dec 2026"}],"hasMore":false}`))
	period, err := client.FirstOpenPeriod(t.Context(), time.Date(2026, 10, 5, 23, 0, 0, 0, time.UTC))
	if err != nil || period.ID != "202612" || period.RefName != "Dec 2026" {
		t.Errorf("%+v, %v", period, err)
	}
	var sent struct{ Params []string }
	if err := json.Unmarshal([]byte(far.requests()[0].Body), &sent); err != nil || len(sent.Params) != 1 || sent.Params[0] != "2026-10-05" {
		t.Errorf("asked with %v, %v", sent.Params, err)
	}
}

func TestNoOpenPeriodIsNoError(t *testing.T) {
	client, _ := connect(t, answering(200, nil, `{"items":[],"hasMore":false}`))
	if period, err := client.FirstOpenPeriod(t.Context(), time.Now()); err != nil || !period.IsZero() {
		t.Errorf("%+v, %v", period, err)
	}
}

func TestAFieldThatIsNoBodyFieldIsNeverPutIntoAQuery(t *testing.T) {
	client, far := connect(t, answering(200, nil, `{"items":[]}`))
	for _, field := range []string{"", "tranid", "custbody_x OR 1=1", "custbody_x'--"} {
		if _, err := client.Find(t.Context(), Sought{Payloads: []string{"a@b"}, PayloadField: field}); err == nil {
			t.Errorf("%q was put into a query", field)
		}
	}
	if n := len(far.requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}
