package netsuite

import (
	"context"
	"fmt"
	"time"

	"counterpunch/internal/netsuite/record"
)

// firstOpenPeriod finds the month, or whatever the account posts by, that takes bills on a date or as soon after it as
// possible. Quarters and years cannot be posted to; adjustment periods are for auditors. A period is closed for bills when
// accounts payable is locked in it, too.
const firstOpenPeriod = `SELECT id, periodname FROM accountingperiod
 WHERE isposting = 'T' AND isadjust = 'F' AND closed = 'F' AND alllocked = 'F' AND aplocked = 'F' AND TO_CHAR(enddate, 'YYYY-MM-DD') >= ?
 ORDER BY startdate FETCH FIRST 1 ROWS ONLY`

// FirstOpenPeriod returns the accounting period that a bill of this date can be posted in: its own, or the next that is open.
// The reference is empty when there is none.
func (c *Client) FirstOpenPeriod(ctx context.Context, date time.Time) (record.Ref, error) {
	rows, err := c.Query(ctx, firstOpenPeriod, date.Format(time.DateOnly))
	if err != nil {
		return record.Ref{}, fmt.Errorf("find the first open accounting period from %s on: %w", date.Format(time.DateOnly), err)
	}
	if len(rows) == 0 {
		return record.Ref{}, nil
	}
	return record.Ref{ID: rows[0]["id"], RefName: rows[0]["periodname"]}, nil
}
