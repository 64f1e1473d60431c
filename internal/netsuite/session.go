package netsuite

import (
	"errors"
	"sync/atomic"
)

// ErrSignInRefused is of a call of a session that was not sent, because NetSuite has refused the sign-in of another call
// since the session began.
var ErrSignInRefused = errors.New("not sent: NetSuite has refused the sign-in of another call meanwhile")

// Session returns the client for one piece of work of several calls. Once NetSuite has refused the sign-in of any call, the
// sessions that began before send no more, with ErrSignInRefused: each further call would be one more failed login, and five
// lock the user for half an hour. Whether a session may begin after that is its caller's to decide. The client itself,
// with which the sign-in is probed, is not held back.
func (c *Client) Session() *Client {
	s, refused := *c, c.logins.refused.Load()
	s.session = &refused
	return &s
}

// held returns ErrSignInRefused when the client is a session that may send no more.
func (c *Client) held() error {
	if c.session != nil && c.logins.refused.Load() != *c.session {
		return ErrSignInRefused
	}
	return nil
}

// logins counts the sign-ins that NetSuite has refused.
type logins struct{ refused atomic.Uint64 }

func (l *logins) note(refused bool) {
	if refused {
		l.refused.Add(1)
	}
}
