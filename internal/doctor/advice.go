package doctor

import (
	"errors"
	"fmt"
	"time"

	"counterpunch/internal/netsuite"
)

// roleDelay is what everybody trips over who has just changed a role.
const roleDelay = "A changed role takes effect after minutes, sometimes hours: --wait watches until it does."

// grant says how a role gets permissions.
func grant(permissions ...Permission) []string {
	var advice []string
	for _, p := range permissions {
		advice = append(advice, fmt.Sprintf("Setup > Users/Roles > Manage Roles > the integration's role > Edit > Permissions > %s: add %s with level %s, Save.",
			p.Tab, p.Name, p.Level))
	}
	return append(advice, roleDelay)
}

func adviceREST() []string {
	return append([]string{
		"Setup > Company > Enable Features > SuiteCloud: tick REST Web Services, Save.",
	}, grant(permission("REST Web Services"))...)
}

// adviceSignIn goes through the causes of a refused sign-in. The answer is the same for all of them; only the audit trail
// tells which.
func (d *Doctor) adviceSignIn(err error) []string {
	advice := []string{
		"Nothing more was tried: five refused sign-ins lock the user for 30 minutes. Correct the cause before the next run.",
	}
	var e *netsuite.Error
	if errors.As(err, &e) && e.Skew.Abs() > maxSkew {
		advice = append(advice, fmt.Sprintf("The clock here is off by %s, and NetSuite refuses signatures that are off by more than 5m: correct the clock first.", -e.Skew))
	}
	if e != nil && e.Advice != "" {
		advice = append(advice, "NetSuite's word "+e.Login+": "+e.Advice+".")
	}
	advice = append(advice,
		"Setup > Users/Roles > User Management > View Login Audit Trail, Use Advanced Search, add Detail to the results: the newest failure names the cause.")
	if d.o.Login != nil {
		return append(advice, d.adviceLogin())
	}
	if d.o.OAuth2 {
		return append(advice,
			"Setup > Integration > OAuth 2.0 Client Credentials (M2M) Setup: the certificate's mapping must be there, not revoked, not expired, for this integration, user and role; its id is the certificate id.",
			"Setup > Integration > Manage Integrations: the record must be Enabled, with Client Credentials (Machine to Machine) Grant and REST Web Services ticked.",
			"EntityOrRoleDisabled or permission_denied: Lists > Employees > Employees > the integration user > Access: Give Access ticked, the role listed; and the role needs Setup > Log in using OAuth 2.0 Access Tokens.",
		)
	}
	return append(advice,
		"InvalidSignature: a secret is wrong or was copied with a blank. NetSuite shows secrets once; make a new token when in doubt.",
		"token_rejected: Setup > Users/Roles > Access Tokens: the token must be there, for this integration, and not revoked. A refresh of a sandbox deletes tokens.",
		"consumer_key_unknown or consumer_key_refused: Setup > Integration > Manage Integrations: the integration must exist in this account and be Enabled, with Token-Based Authentication ticked.",
		"permission_denied: Lists > Employees > Employees > the integration user > Access: Give Access ticked, the role listed; and the role needs Setup > Log in using Access Tokens.",
		"FeatureDisabled: Setup > Company > Enable Features > SuiteCloud: tick Token-Based Authentication. Accounts from release 2027.1 on take OAuth 2.0 for new integrations only.",
	)
}

func (d *Doctor) adviceLogin() string {
	return "counterpunch accounts login " + d.o.Account + " signs in: seven days after it a sign-in by browser ends."
}

func adviceBusy() []string {
	return []string{
		"NetSuite has more calls at once than it allows. Run this again, or lower netsuite.slots.",
		"Setup > Integration > Integration Management > Integration Governance shows the limit and who uses it.",
	}
}

func adviceDown(a netsuite.Account) []string {
	return []string{
		fmt.Sprintf("Check that %s is the account id of Setup > Company > Company Information, and that this machine can reach %s (name look-up, firewall, proxy).", a.Realm, a.URL()),
		"status.netsuite.com says whether NetSuite is in maintenance.",
	}
}

func adviceOdd() []string {
	return []string{"NetSuite failed in a way that it does not explain. Run this again; if it stays, give its words to NetSuite's support."}
}

// maxSkew is how far NetSuite lets a signature be from its own clock; from warnSkew on somebody should look.
const (
	maxSkew  = 5 * time.Minute
	warnSkew = time.Minute
)
