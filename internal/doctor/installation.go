package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"counterpunch/internal/queue"
)

const notAsked = "the installation was not asked"

// unopened is the rung of a queue that could not be looked at. One without streams has no worker yet, which an account
// that is being set up does not need.
func unopened(err error) Rung {
	if errors.Is(err, queue.ErrNotFound) {
		return Rung{Result: Warning, Asked: "NATS", Found: err.Error(), Advice: []string{"Start a worker, or give counterpunch streams migrate: either makes the streams."}}
	}
	return Rung{Result: Failed, Asked: "NATS", Found: err.Error(), Advice: []string{"Start the NATS server, and check nats.url of the configuration. On a machine that cannot reach it, leave it out: --no-queue."}}
}

func (d *Doctor) acknowledgement(ctx context.Context) []Rung {
	if d.o.Guarantee == nil {
		return []Rung{{Result: Skipped, Found: notAsked}}
	}
	g, err := d.o.Guarantee(ctx)
	if err != nil {
		return []Rung{unopened(err)}
	}
	r := Rung{Result: OK, Asked: "JetStream", Found: g.String()}
	switch {
	case g.Strict():
	case !g.Known && g.Source != "":
		r.Result = Warning
		r.Advice = []string{"Check that nats.monitoring_url is the monitoring address (http_port) of a server with JetStream, and that it is reached from here."}
	case !g.Known:
		r.Result = Warning
		r.Advice = []string{"Set nats.monitoring_url to the server's monitoring address (http_port), so that this can be told."}
	default:
		r.Result = Warning
		r.Advice = []string{"Set jetstream { sync_interval: always } in the servers' configuration, as deploy/nats/nats.conf does."}
	}
	return []Rung{r}
}

func (d *Doctor) state(ctx context.Context) []Rung {
	if d.o.State == nil {
		return []Rung{{Result: Skipped, Found: notAsked}}
	}
	s, err := d.o.State(ctx)
	if err != nil {
		return []Rung{unopened(err)}
	}
	credential := s.Credential
	if credential == "" {
		credential = queue.CredentialUnproven
	}
	r := Rung{Result: OK, Asked: "bucket ACCOUNTS", Found: fmt.Sprintf("sign-in %s, not held", credential)}
	resume := "counterpunch accounts resume " + d.o.Account + " lets workers call again."
	switch {
	case s.Held:
		r.Result = Warning
		r.Found = fmt.Sprintf("held by %s since %s: %s", orNone(s.By), s.Since.UTC().Format(time.RFC3339), orNone(s.Reason))
		r.Advice = []string{"Documents wait. When the reason is gone: " + resume}
	case credential == queue.CredentialHeld:
		r.Result = Failed
		r.Found = fmt.Sprintf("workers were refused the sign-in and call no more: %s", orNone(s.Reason))
		r.Advice = []string{"Documents wait. When " + RungSignIn + " has passed here: " + resume}
	case credential == queue.CredentialSuspect:
		r.Result = Warning
		r.Found = "a worker was refused the sign-in; one probe decides"
	}
	return []Rung{r}
}
