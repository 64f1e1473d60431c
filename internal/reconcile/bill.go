package reconcile

import (
	"context"
	"fmt"
	"strings"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/netsuite"
)

// Bill is a vendor bill or vendor credit in NetSuite that Counterpunch has made.
type Bill struct {
	Type       string           `json:"type"` // vendorBill or vendorCredit
	ID         string           `json:"id"`
	ExternalID string           `json:"externalID"`
	Number     string           `json:"number"`
	Vendor     string           `json:"vendor"` // internal id
	Date       string           `json:"date"`   // YYYY-MM-DD
	Total      document.Decimal `json:"total"`  // without sign: those of bills and credits differ between accounts
	DocumentID string           `json:"documentID,omitempty"`
}

// String names the bill for people.
func (b Bill) String() string {
	return fmt.Sprintf("%s %s (internal id %s, vendor %s, total %s)", b.Type, b.Number, b.ID, b.Vendor, b.Total.Canonical())
}

// types are the record types behind the types of SuiteQL.
var types = map[string]string{"VendBill": "vendorBill", "VendCred": "vendorCredit"}

// batch is how many rows are asked for at once: NetSuite gives no more on a page.
const batch = 1000

// readBills returns the bills and credits with an external id of ours that were created at or after since. It pages by
// internal id, because NetSuite ends the pages of a query at 100,000 rows.
func readBills(ctx context.Context, a Account, since time.Time) ([]Bill, error) {
	columns := "t.id, t.type, t.tranid, t.externalid, t.entity, t.foreigntotal, TO_CHAR(t.trandate,'YYYY-MM-DD') trandate"
	if a.DocumentField != "" {
		columns += ", t." + a.DocumentField + " cp_document"
	}
	query := "SELECT " + columns + " FROM transaction t WHERE t.type IN ('VendBill','VendCred') AND t.externalid LIKE 'cp-%' AND t.id > ?"
	var filter []string
	if !since.IsZero() {
		query += " AND t.createddate >= TO_DATE(?, 'YYYY-MM-DD')"
		// The account's zone is not known; a day more costs little.
		filter = []string{since.AddDate(0, 0, -1).UTC().Format(time.DateOnly)}
	}
	query += " ORDER BY t.id FETCH FIRST " + fmt.Sprint(batch) + " ROWS ONLY"
	var all []Bill
	for last := "0"; ; {
		rows, err := a.Client.Query(ctx, query, append([]string{last}, filter...)...)
		if err != nil {
			return nil, fmt.Errorf("read the bills of account %s: %w", a.Name, err)
		}
		for _, r := range rows {
			b, err := newBill(r)
			if err != nil {
				return nil, fmt.Errorf("read the bills of account %s: %w", a.Name, err)
			}
			all, last = append(all, b), b.ID
		}
		if len(rows) < batch {
			return all, nil
		}
	}
}

func newBill(r netsuite.Row) (Bill, error) {
	b := Bill{
		Type: types[r["type"]], ID: r["id"], ExternalID: r["externalid"], Number: r["tranid"], Vendor: r["entity"],
		Date: r["trandate"], DocumentID: strings.TrimSpace(r["cp_document"]),
	}
	total, err := document.ParseDecimal(r["foreigntotal"])
	if err != nil {
		return b, fmt.Errorf("bill %s: total %q: %w", b.ID, r["foreigntotal"], err)
	}
	b.Total = total.Abs()
	return b, nil
}
