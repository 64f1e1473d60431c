package netsuite

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

const tokenInfoPath = "/rest/tokeninfo"

// Identity is who a client acts for. Names are not known of an OAuth 2.0 sign-in.
type Identity struct {
	UserID, User string // internal id and name
	RoleID, Role string
}

// Identity tells who the client signs in as. With token-based authentication it asks tokeninfo, which is at the host of
// RESTlets and needs no permission. The access token of OAuth 2.0 names role and user itself; NetSuite does not promise that
// form, so an error here means no more than that it cannot be told.
func (c *Client) Identity(ctx context.Context) (Identity, error) {
	if c.tokens != nil {
		pass, err := c.tokens.get(ctx)
		if err != nil {
			return Identity{}, fmt.Errorf("tell who signs in: %w", err)
		}
		return identityOf(pass.value.Reveal())
	}
	var said struct {
		UserID   json.RawMessage `json:"userId"` // a number or a text
		UserName string          `json:"userName"`
		RoleID   json.RawMessage `json:"roleId"`
		RoleName string          `json:"roleName"`
	}
	k := call{method: http.MethodGet, path: tokenInfoPath, kind: "tokeninfo", restlets: true}
	if _, err := c.send(ctx, k, decodesInto(&said)); err != nil {
		return Identity{}, fmt.Errorf("tell who signs in: %w", err)
	}
	who := Identity{UserID: idText(said.UserID), User: said.UserName, RoleID: idText(said.RoleID), Role: said.RoleName}
	if who == (Identity{}) {
		return who, errors.New("tell who signs in: the answer names nobody")
	}
	return who, nil
}

func idText(raw json.RawMessage) string { return strings.Trim(string(raw), `"`) }

// identityOf reads the subject of an access token, role;user. The token is neither shown nor trusted.
func identityOf(token string) (Identity, error) {
	parts := strings.Split(token, ".")
	var claims struct {
		Subject string `json:"sub"`
	}
	if len(parts) == 3 {
		text, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil || json.Unmarshal(text, &claims) != nil {
			claims.Subject = ""
		}
	}
	role, user, ok := strings.Cut(claims.Subject, ";")
	if !ok || !internalID.MatchString(role) || !internalID.MatchString(user) {
		return Identity{}, errors.New("tell who signs in: the access token does not name role and user")
	}
	return Identity{UserID: user, RoleID: role}, nil
}
