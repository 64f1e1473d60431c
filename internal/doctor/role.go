package doctor

import (
	"context"
	"fmt"

	"counterpunch/internal/netsuite"
)

// role says who signs in. It fails nothing: an account whose NetSuite does not tell works all the same.
func (d *Doctor) role(ctx context.Context) []Rung {
	r := Rung{Result: OK, Asked: "GET /rest/tokeninfo at the account's host of RESTlets"}
	if d.o.OAuth2 || d.o.Login != nil {
		r.Asked = "the access token"
	}
	who, err := d.c.Identity(ctx)
	if err != nil {
		r.Found = "NetSuite does not tell: " + said(err)
		r.Advice = []string{"Setup > Users/Roles > Access Tokens, or Setup > Integration > OAuth 2.0 Client Credentials (M2M) Setup, shows user and role beside the sign-in."}
		return []Rung{r}
	}
	r.Found = fmt.Sprintf("user %s, role %s", named(who.User, who.UserID), named(who.Role, who.RoleID))
	if who.RoleID == administrator {
		r.Result = Warning
		r.Advice = []string{"The role is Administrator, which may do everything: give the user the role of deploy/netsuite, and make the sign-in for that role."}
	}
	return []Rung{r}
}

// administrator is the internal id of that role in every account.
const administrator = "3"

func named(name, id string) string {
	switch {
	case name == "":
		return "with internal id " + id
	case id == "":
		return name
	}
	return name + " (" + id + ")"
}

// list is a table of SuiteQL with what the records are called that it holds.
type list struct{ table, permission string }

// lists judges whether the role sees what orders and bills refer to. What it does not see it cannot refer to either.
func (d *Doctor) lists(ctx context.Context) []Rung {
	r := Rung{Result: OK, Asked: "SuiteQL for one row of each", Found: "all of them"}
	var unseen []Permission
	for _, one := range []list{{"vendor", "Vendors"}, {"item", "Items"}, {"currency", "Currency"}, {"account", "Accounts"}} {
		_, err := d.c.Query(ctx, "SELECT id FROM "+one.table+" FETCH FIRST 1 ROWS ONLY")
		switch {
		case err == nil:
		case !answered(err):
			return []Rung{d.failed(r.Asked, err)}
		default:
			if unseen == nil {
				r.Result, r.Found = Failed, said(err)
			}
			unseen = append(unseen, permission(one.permission))
		}
	}
	if unseen != nil {
		r.Advice = grant(unseen...)
	}
	return []Rung{r}
}

// subsidiaries says which ones the role sees. An account that is not OneWorld has no such table.
func (d *Doctor) subsidiaries(ctx context.Context) []Rung {
	r := Rung{Result: OK, Asked: "SuiteQL SELECT id, name FROM subsidiary ORDER BY id"}
	rows, err := d.c.Query(ctx, "SELECT id, name FROM subsidiary ORDER BY id")
	switch {
	case err != nil && !answered(err):
		return []Rung{d.failed(r.Asked, err)}
	case err != nil:
		r.Result, r.Found = Warning, "none can be seen: "+said(err)
		r.Advice = append([]string{"An account that is not OneWorld has none, and this is as it should be. On OneWorld:"}, grant(permission("Subsidiaries"))...)
		return []Rung{r}
	case len(rows) == 0:
		r.Result, r.Found = Failed, "the role sees none"
		r.Advice = []string{"The role record > Subsidiary Restrictions: All, or those that orders are in, Save.", roleDelay}
		return []Rung{r}
	}
	r.Found = summary(rows)
	return []Rung{r}
}

// summary names the first subsidiaries.
func summary(rows []netsuite.Row) string {
	const most = 5
	s := ""
	for i, row := range rows {
		if i == most {
			return fmt.Sprintf("%s and %d more", s, len(rows)-most)
		}
		if i > 0 {
			s += ", "
		}
		s += named(row["name"], row["id"])
	}
	return s
}
