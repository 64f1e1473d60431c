package delivery

import (
	"testing"

	"counterpunch/internal/document"
	"counterpunch/internal/queue"
	"counterpunch/internal/simulator"
)

// A later version of a notice that NetSuite does not take waits for a person; the others of its order are brought in as if it
// had not come, and it has its effect when it is replayed.
func TestADocumentThatNetSuiteRefusesDoesNotStopTheOthersOfItsOrder(t *testing.T) {
	for _, c := range []struct {
		reason string
		refuse func(*simulator.Knobs)
	}{
		{"netsuite-refused", func(k *simulator.Knobs) { k.ScriptRejects = []simulator.ScriptReject{{Pattern: "T-BAD"}} }},
		{"netsuite-unknown-outcome", func(k *simulator.Knobs) { k.UnexpectedError = simulator.Fault{Path: "^PATCH "} }},
	} {
		t.Run(c.reason, func(t *testing.T) {
			w := newWorld(t, 1, 1)
			w.start()
			w.applied(w.send(notice("S-1", day(1), 2, "PO-1"))...)
			w.turn(c.refuse)
			bad := notice("S-1", day(2), 5, "PO-1")
			bad.ShipNotice.Operation = document.OperationUpdate
			bad.ShipNotice.Controls[0].Tracking[0].Number = "T-BAD"
			id := w.send(bad)[0]
			w.ends(id, queue.StateDeadLettered, c.reason)
			w.turn(func(k *simulator.Knobs) { k.UnexpectedError = simulator.Fault{} })
			w.applied(w.send(notice("S-2", day(3), 3, "PO-1"))...)
			w.wantField("PO-1", 1, "custcol_cp_shipped_quantity", "5")
			w.wantField("PO-1", 0, "custbody_cp_tracking_numbers", "T-S-1, T-S-2")
			w.turn(func(k *simulator.Knobs) { k.ScriptRejects = nil })
			if _, err := w.q.Replay(w.ctx, id, queue.Decision{Actor: "ops", Note: "the script takes it now"}); err != nil {
				t.Fatal(err)
			}
			w.applied(id)
			w.wantField("PO-1", 1, "custcol_cp_shipped_quantity", "8")
			w.wantField("PO-1", 0, "custbody_cp_tracking_numbers", "T-BAD, T-S-2")
		})
	}
}
