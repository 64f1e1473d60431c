package netsuite

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"counterpunch/internal/reason"
)

// Class says what a failed call means for what may be done next.
type Class string

// The classes. Down is what NetSuite looks like from this one call: when Probe succeeds right after, the trouble is with
// the call itself and counts as Odd.
const (
	None     Class = ""          // success, a call that was never sent, or a read that its caller gave up
	Busy     Class = "busy"      // too many calls at once; nothing was done
	Down     Class = "down"      // NetSuite could not be reached or did not answer as itself; nothing was written
	Unknown  Class = "unknown"   // a write that may or may not have been carried out: look before it is sent again
	Login    Class = "login"     // the integration user was not let in; nothing was done
	Changed  Class = "changed"   // the record changed meanwhile: read it again
	NotFound Class = "not-found" // no such record, or none that the role may see
	Exists   Class = "exists"    // a record with this external id or number is there: read it
	Refused  Class = "refused"   // NetSuite will not do this; its words say why
	Odd      Class = "odd"       // an answer to a read that makes no sense
)

// Classes lists every class of failure.
func Classes() []Class {
	return []Class{Busy, Down, Unknown, Login, Changed, NotFound, Exists, Refused, Odd}
}

// Error is a call that failed. It never holds a secret.
type Error struct {
	Class      Class
	Status     int           // HTTP status; 0: no answer
	Code       string        // o:errorCode, such as USER_ERROR; may be empty
	Detail     string        // NetSuite's own words
	Path       string        // the field, parameter or header that NetSuite names, such as item.items[0].item
	Method     string        // of HTTP
	URL        string        // where the call was sent
	RetryAfter time.Duration // as NetSuite asks; 0: it does not say
	Write      bool          // whether the call could change anything
	Took       time.Duration
	Login      string        // for Login: the cause as the WWW-Authenticate header names it, such as token_rejected
	Skew       time.Duration // how far the answer's Date is ahead of the clock here, to the second; 0: unknown or none
	Advice     string        // where to look, when NetSuite's word alone does not say it; may be empty

	err   error  // of the transport or the decoder
	cause string // its text
}

// maxSkew is how far NetSuite lets a signature's timestamp be from its own clock.
const maxSkew = 5 * time.Minute

// Error says what was tried, what came of it and, where it is known, what to do.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: ", e.Method, e.URL)
	if e.Status == 0 {
		fmt.Fprintf(&b, "no answer after %s", e.Took.Round(time.Millisecond))
	} else {
		fmt.Fprintf(&b, "NetSuite answered %d", e.Status)
	}
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	}
	if e.Login != "" {
		b.WriteString(" " + e.Login)
	}
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.Path != "" {
		fmt.Fprintf(&b, " (%s)", e.Path)
	}
	if e.cause != "" {
		b.WriteString(": " + e.cause)
	}
	if e.Class == Unknown {
		b.WriteString("; it is not known whether it was carried out")
	}
	if e.Class == Login && time.Duration(math.Abs(float64(e.Skew))) > maxSkew {
		fmt.Fprintf(&b, "; the clock here is off by %s: correct it", -e.Skew)
	}
	if e.Advice != "" {
		b.WriteString("; " + e.Advice)
	}
	return b.String()
}

// Unwrap returns the transport's or decoder's error, if there is one.
func (e *Error) Unwrap() error { return e.err }

// Reason returns the code under which people see the failure.
func (e *Error) Reason() reason.Code {
	switch e.Class {
	case Busy:
		return reason.NetSuiteBusy
	case Down:
		return reason.NetSuiteDown
	case Unknown:
		return reason.NetSuiteUnknownOutcome
	case Login:
		return reason.LoginRefused
	case Changed:
		return reason.RecordChanged
	case Exists:
		return reason.DuplicateNumber
	case Refused:
		if periodClosed(e.Code, e.Detail) {
			return reason.PeriodClosed
		}
		return reason.NetSuiteRefused
	case NotFound:
		return reason.NetSuiteRefused
	case Odd:
		return reason.NetSuiteUnexpected
	default:
		return reason.Internal
	}
}

// ClassOf returns the class of a client's error, also when it is wrapped, and None for any other.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return None
}
