package netsuite

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Account is a NetSuite account id in the two spellings that NetSuite wants.
type Account struct {
	Realm string // as in the OAuth realm: upper case with underscore, 1234567_SB1
	Label string // as in host names: lower case with hyphen, 1234567-sb1
}

var (
	// accountID bounds what can become part of a host name: an id such as evil.com/# would send the calls elsewhere.
	accountID   = regexp.MustCompile(`^[A-Za-z0-9]{1,40}([_-][A-Za-z0-9]{1,20})?$`)
	accountHost = regexp.MustCompile(`^([a-z0-9-]+)\.(suitetalk\.api|restlets\.api|app|extforms)\.netsuite\.com$`)
)

// ParseAccount reads an account id in any form that people paste: 1234567, 1234567_SB1, 1234567-sb1, a host name of the
// account, or the address of a page in it.
func ParseAccount(s string) (Account, error) {
	id := strings.TrimSpace(s)
	if strings.ContainsAny(id, ".:/") {
		address := id
		if !strings.Contains(address, "://") {
			address = "https://" + address
		}
		u, err := url.Parse(address)
		if err != nil {
			return Account{}, refuseAccount(s)
		}
		match := accountHost.FindStringSubmatch(strings.ToLower(u.Hostname()))
		if match == nil {
			return Account{}, refuseAccount(s)
		}
		id = match[1]
	}
	if !accountID.MatchString(id) {
		return Account{}, refuseAccount(s)
	}
	return Account{
		Realm: strings.ToUpper(strings.ReplaceAll(id, "-", "_")),
		Label: strings.ToLower(strings.ReplaceAll(id, "_", "-")),
	}, nil
}

func refuseAccount(s string) error {
	return fmt.Errorf("%q is not a NetSuite account id: give it as shown under Setup > Company > Company Information, such as 1234567 or 1234567_SB1", clip(s, 80))
}

// URL returns the address of the account's REST services.
func (a Account) URL() string { return "https://" + a.Label + ".suitetalk.api.netsuite.com" }

// restlets returns the origin of RESTlets beside that of REST services. Another origin, such as a simulator's, has both.
func restlets(origin string) string { return strings.Replace(origin, ".suitetalk.", ".restlets.", 1) }

// application returns the origin of the pages that people open, in the same way.
func application(origin string) string { return strings.Replace(origin, ".suitetalk.api.", ".app.", 1) }
