package queue

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/nats-io/nats.go/jetstream"
)

func TestOpeningWaitsForAClusterWithoutALeader(t *testing.T) {
	away := fmt.Errorf("look for a restore: %w", &jetstream.APIError{Code: 503, ErrorCode: 10008, Description: "JetStream system temporarily unavailable"})
	refused := &jetstream.APIError{Code: 400, ErrorCode: 10052, Description: "invalid configuration"}
	for _, c := range []struct {
		name    string
		answers []error // the last one again and again
		want    error
		asked   int // 0: any number
	}{
		{"no leader yet", []error{away, context.DeadlineExceeded, nil}, nil, 3},
		{"refused", []error{refused, nil}, refused, 1},
		{"never", []error{away}, ErrUnavailable, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				err := persist(t.Context(), func(context.Context) error {
					asked++
					return c.answers[min(asked, len(c.answers))-1]
				})
				if !errors.Is(err, c.want) || c.asked > 0 && asked != c.asked {
					t.Errorf("%v after %d requests, want %v after %d", err, asked, c.want, c.asked)
				}
			})
		})
	}
}
