package netsuite

import (
	"net/http"
	"time"

	"counterpunch/internal/secret"
)

// Exchange is one request and its answer, for people who look for a mistake. What is secret is blanked, the whole
// Authorization header among it; secrets of others, such as
// those of another account, are not known here.
type Exchange struct {
	Method       string
	URL          string // as it was sent
	Header       http.Header
	Body         []byte
	Status       int // 0: no answer
	AnswerHeader http.Header
	Answer       []byte // at most what the client reads of it
	Took         time.Duration
	Failure      string // why there is no answer, or none that can be used; empty for a success
}

// private are headers of which nothing is shown.
var private = []string{"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"}

// show tells Options.Trace of a call.
func (c *Client) show(k call, a *answer, failure *Error) {
	if c.trace == nil || a.request == nil {
		return
	}
	address, err := k.url(c.sentTo)
	if err != nil {
		return // nothing was sent
	}
	x := Exchange{
		Method: k.method, URL: c.masked(address), Header: c.blanked(a.request.Header), Body: []byte(c.masked(string(k.body))),
		Status: a.status, AnswerHeader: c.blanked(a.header), Answer: []byte(c.masked(string(a.body))), Took: a.took,
	}
	x.Header.Set("Authorization", secret.Masked) // the signature is added below this client's view
	if failure != nil {
		x.Failure = failure.Error()
	}
	c.trace(x)
}

func (c *Client) blanked(header http.Header) http.Header {
	shown := make(http.Header, len(header))
	for name, values := range header {
		for _, v := range values {
			shown[name] = append(shown[name], c.masked(v))
		}
	}
	for _, name := range private {
		if shown.Get(name) != "" {
			shown.Set(name, secret.Masked)
		}
	}
	return shown
}
