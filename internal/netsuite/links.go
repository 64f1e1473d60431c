package netsuite

import (
	"context"
	"fmt"
	"strconv"
)

// billedLines asks for the links between transactions, which name lines by their keys.
const billedLines = `SELECT l.previousline, l.nextline FROM NextTransactionLineLink l WHERE l.nextdoc = ? ORDER BY l.nextline`

// BilledLines returns, by the key of each line of a bill, the key of the order's line that it bills. Lines of no order, and of
// orders that the role does not see, are not among them.
func (c *Client) BilledLines(ctx context.Context, billID string) (map[int]int, error) {
	rows, err := c.Query(ctx, billedLines, billID)
	if err != nil {
		return nil, fmt.Errorf("look for the order lines of bill %s: %w", billID, err)
	}
	lines := make(map[int]int, len(rows))
	for _, row := range rows {
		of, errOf := strconv.Atoi(row["nextline"])
		is, errIs := strconv.Atoi(row["previousline"])
		if errOf == nil && errIs == nil {
			lines[of] = is
		}
	}
	return lines, nil
}
