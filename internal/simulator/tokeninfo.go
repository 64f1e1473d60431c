package simulator

import (
	"net/http"
	"strings"
)

const (
	tokenInfoPath = "/rest/tokeninfo"
	// roleID and userID are the internal ids of whoever signs in.
	roleID = "1000"
	userID = "17"
)

// signedFor is the scheme and host that the signature of a call must cover. Who a token acts for is told by the host of
// RESTlets.
func (s *Simulator) signedFor(r *http.Request, c *call) string {
	if c.kind == kindTokenInfo {
		return strings.Replace(s.origin(r), ".suitetalk.", ".restlets.", 1)
	}
	return s.origin(r)
}

// tokenInfo tells who signs in, and as what. It is no resource of REST web services, and needs none of their permissions.
func (s *Simulator) tokenInfo(c *call) (reply, error) {
	role := c.role
	if role == "" {
		role = "Counterpunch Integration"
	}
	return reply{status: http.StatusOK, media: "application/json", body: map[string]any{
		"companyId": s.options.Account, "companyName": "Demonstration", "roleId": roleID, "roleName": role,
		"userId": userID, "userName": c.user,
	}}, nil
}
