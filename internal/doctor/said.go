package doctor

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"counterpunch/internal/netsuite"
)

// said is a failure in NetSuite's own words.
func said(err error) string {
	var e *netsuite.Error
	if !errors.As(err, &e) || e.Status == 0 {
		return err.Error()
	}
	s := fmt.Sprint(e.Status)
	if e.Code != "" {
		s += " " + e.Code
	}
	if e.Login != "" {
		s += " " + e.Login
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Path != "" {
		s += " (" + e.Path + ")"
	}
	return s
}

// lacksPermission reports whether NetSuite refused because of the role.
func lacksPermission(err error) bool {
	var e *netsuite.Error
	if !errors.As(err, &e) {
		return false
	}
	detail := strings.ToLower(e.Detail)
	return e.Code == "INSUFFICIENT_PERMISSION" || e.Status == http.StatusForbidden && e.Class == netsuite.Refused ||
		strings.Contains(detail, "permission violation") || strings.Contains(detail, "you do not have permission")
}

// notLetIn reports whether NetSuite refused the sign-in itself. A role without REST Web Services signs in and is refused
// every call afterwards, in words of its own.
func notLetIn(err error) bool {
	var e *netsuite.Error
	return errors.As(err, &e) && e.Class == netsuite.Login && !strings.Contains(strings.ToLower(e.Detail), "your current role does not have permission")
}

// answered reports whether NetSuite dealt with the call, though it refused it: neither the way there nor the sign-in nor
// the load was the trouble.
func answered(err error) bool {
	switch netsuite.ClassOf(err) {
	case netsuite.Refused, netsuite.NotFound, netsuite.Exists, netsuite.Changed:
		return true
	}
	return false
}

// failed is a rung whose call failed. advice is for a refusal by NetSuite; other failures have their own.
func (d *Doctor) failed(asked string, err error, advice ...string) Rung {
	r := Rung{Result: Failed, Asked: asked, Found: said(err), Advice: advice}
	switch netsuite.ClassOf(err) {
	case netsuite.Login:
		r.Advice = adviceREST()
		if notLetIn(err) {
			d.refused = true
			r.Advice = d.adviceSignIn(err)
		}
	case netsuite.Busy:
		r.Advice = adviceBusy()
	case netsuite.Down, netsuite.None:
		r.Advice = adviceDown(d.c.Account())
	case netsuite.Odd:
		r.Advice = adviceOdd()
	case netsuite.Unknown:
		r.Advice = append(adviceOdd(), "Look in NetSuite for a record that this preview may have saved, and delete it.")
	}
	return r
}
