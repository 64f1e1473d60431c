package queue

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The errors that callers act on. Others are wrapped as they come.
var (
	// ErrUnavailable means that JetStream did not acknowledge. Nothing is known to be stored; the caller asks again later.
	ErrUnavailable = errors.New("the queue is not available")
	// ErrConflict means that another document with the same payloadID, but another payload, is stored already.
	ErrConflict = errors.New("another document with this payloadID is stored")
	// ErrTooLarge means that the document does not fit into a message of this server even with its data stored apart.
	ErrTooLarge = errors.New("the document is too large for the queue")
	// ErrNotFound means that there is no such document, letter or entry.
	ErrNotFound = errors.New("not found")
	// ErrFenced means that another worker has taken the document over: stop, and write nothing more about it.
	ErrFenced = errors.New("another worker has taken the document over")
	// ErrLost means that the lane may have been given to another worker: no sign of life came through.
	ErrLost = errors.New("the lane may be lost")
	// ErrChanged means that an entry was changed since it was read: read it again.
	ErrChanged = errors.New("changed since it was read")
	// ErrReplayed means that somebody else has replayed or discarded the document first.
	ErrReplayed = errors.New("already replayed or discarded")
)

// Error codes of JetStream that nats.go has no sentinel for.
const (
	codeExpectedNotReady jetstream.ErrorCode = 10163 // the server does not know yet what is the last message of the subject
	codeNoPeers          jetstream.ErrorCode = 10005 // fewer servers are known than copies are wanted
	codeSubjectsOverlap  jetstream.ErrorCode = 10065
	codeHeadersTooLarge  jetstream.ErrorCode = 10097 // a message takes 64 KiB of headers
)

// apiCode returns JetStream's code of err, or 0 when the server did not answer.
func apiCode(err error) jetstream.ErrorCode {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.ErrorCode
	}
	return 0
}

// notAvailable reports whether JetStream said that it cannot serve at the moment, as a cluster does without a leader, or
// whose leader does not know all servers yet.
func notAvailable(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.Code == http.StatusServiceUnavailable || api.ErrorCode == codeNoPeers)
}

// unavailable wraps err as ErrUnavailable and keeps its text.
func unavailable(what string, err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) {
		// JetStream answers a publish without permission with silence, so the text names both causes.
		return fmt.Errorf("%s: %w: no answer in time; check the servers and the permissions of this connection: %w", what, ErrUnavailable, err)
	}
	if errors.Is(err, nats.ErrReconnectBufExceeded) {
		// Nothing is buffered while a connection is down, and the client reports that as a full buffer.
		return fmt.Errorf("%s: %w: there is no connection to NATS at this moment: %w", what, ErrUnavailable, nats.ErrDisconnected)
	}
	return fmt.Errorf("%s: %w: %w", what, ErrUnavailable, err)
}
