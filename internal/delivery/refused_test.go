package delivery

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
)

// Something in NetSuite, such as a script of the company's, does not take what one document says. That document waits for a
// person; the others of its order are brought in as if it had not come.
func TestADocumentThatNetSuiteRefusesDoesNotStopTheOthersOfItsOrder(t *testing.T) {
	for _, class := range []struct {
		reason, code string
		status       int
	}{
		{"netsuite-refused", "USER_ERROR", http.StatusBadRequest},
		{"netsuite-unknown-outcome", "UNEXPECTED_ERROR", http.StatusInternalServerError},
	} {
		t.Run(class.reason, func(t *testing.T) {
			w := newWorld(t, 1, 1)
			w.start()
			w.applied(w.send(notice("S-1", day(1), 2, "PO-1"))...)
			w.refuse("T-BAD", class.status, class.code)
			bad := notice("S-1", day(2), 5, "PO-1")
			bad.ShipNotice.Operation = document.OperationUpdate
			bad.ShipNotice.Controls[0].Tracking[0].Number = "T-BAD"
			id := w.send(bad)[0]
			w.ends(id, queue.StateDeadLettered, class.reason)
			w.applied(w.send(notice("S-2", day(3), 3, "PO-1"))...)
			w.wantField("PO-1", 1, "custcol_cp_shipped_quantity", "5")
			w.wantField("PO-1", 0, "custbody_cp_tracking_numbers", "T-S-1, T-S-2")
			w.front.Store(nil)
			if _, err := w.q.Replay(w.ctx, id, queue.Decision{Actor: "ops", Note: "the script takes it now"}); err != nil {
				t.Fatal(err)
			}
			w.applied(id)
			w.wantField("PO-1", 1, "custcol_cp_shipped_quantity", "8")
			w.wantField("PO-1", 0, "custbody_cp_tracking_numbers", "T-BAD, T-S-2")
		})
	}
}

// refuse answers every update that says something with an error, and does not carry it out.
func (w *world) refuse(what string, status int, code string) {
	w.stand(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.t.Error(err)
		}
		if r.Method == http.MethodPatch && bytes.Contains(body, []byte(what)) {
			rw.Header().Set("Content-Type", "application/json")
			rw.WriteHeader(status)
			fmt.Fprintf(rw, `{"o:errorDetails":[{"o:errorCode":%q,"detail":"This is not allowed."}]}`, code)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(rw, r)
	})
}
