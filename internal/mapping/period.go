package mapping

import (
	"encoding/json"
	"fmt"

	"counterpunch/internal/netsuite/record"
)

// PostedIn returns the plan of a new record with another accounting period than that of its date. why is the row of the table
// that says so.
func (p Plan) PostedIn(period record.Ref, why Difference) (Plan, error) {
	if len(p.Calls) != 1 || len(p.Changes) != 1 {
		return p, fmt.Errorf("post in period %s: the plan has %d calls, not the one that makes a record", name(period), len(p.Calls))
	}
	value, err := json.Marshal(record.Ref{ID: period.ID})
	if err != nil {
		return p, fmt.Errorf("post in period %s: %w", name(period), err)
	}
	call, change := p.Calls[0], p.Changes[0]
	if call.Body, err = withRaw(call.Body, "postingPeriod", value); err != nil {
		return p, fmt.Errorf("post in period %s: %w", name(period), err)
	}
	change.After += ", posted in " + name(period)
	p.Calls, p.Changes = []Call{call}, []Change{change}
	p.Differences = append(p.Differences[:len(p.Differences):len(p.Differences)], why)
	return p, nil
}
