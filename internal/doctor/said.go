package doctor

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"counterpunch/internal/netsuite"
)

// said is a failure in NetSuite's own words, or in the client's where NetSuite has none.
func said(err error) string {
	var e *netsuite.Error
	if !errors.As(err, &e) || e.Status < 300 {
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

// formless reports whether NetSuite does not show forms over REST.
func formless(err error) bool {
	var e *netsuite.Error
	return errors.As(err, &e) && (e.Status == http.StatusNotAcceptable || e.Status == http.StatusUnsupportedMediaType)
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
		d.saves = true
		r.Advice = []string{
			"Transactions > Payables > Enter Bills > List: look for what this preview may have saved, a bill with the number PREVIEW, and delete it.",
			"No form is asked for again. Try the ways of making bills (bill.strategy) in a sandbox, by a document.",
		}
	}
	return r
}
