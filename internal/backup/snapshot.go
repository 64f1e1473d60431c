package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The part of JetStream's API that nats.go has no calls for, as nats-server's jetstream_api.go has it: a snapshot comes in
// chunks, each acknowledged to its reply subject, until an empty message; a restore goes the other way.
const (
	snapshotAPI = jetstream.DefaultAPIPrefix + "STREAM.SNAPSHOT."
	restoreAPI  = jetstream.DefaultAPIPrefix + "STREAM.RESTORE."

	// chunkSize is the server's own default, and below every server's largest message in use.
	chunkSize = 128 << 10
	// windowSize is what the server sends ahead of acknowledgements; a client that reads from a slow disk keeps up with it.
	windowSize = 4 << 20
	// silence is how long the other side may say nothing. The server gives up after 5 s.
	silence = 20 * time.Second
)

// errBrokeOff means that the server could not finish a snapshot. It happens when a consumer that the snapshot lists, such as
// that of somebody who reads the stream, ends meanwhile.
var errBrokeOff = errors.New("the server broke the snapshot off")

// snapshot is what the server says of a snapshot before it sends it.
type snapshot struct {
	Error  *jetstream.APIError `json:"error"`
	Config json.RawMessage     `json:"config"`
	State  json.RawMessage     `json:"state"`
}

// readSnapshot asks for a snapshot of the stream, with its consumers, and writes it to w.
func readSnapshot(ctx context.Context, nc *nats.Conn, stream string, w io.Writer, progress func(done, total int64)) (snapshot, error) {
	var s snapshot
	inbox := nc.NewInbox()
	chunks, err := nc.SubscribeSync(inbox)
	if err != nil {
		return s, err
	}
	defer func() { _ = chunks.Unsubscribe() }() // fails only when the connection is closed
	if err := chunks.SetPendingLimits(-1, 2*windowSize+chunkSize); err != nil {
		return s, err
	}
	request := map[string]any{"deliver_subject": inbox, "chunk_size": chunkSize, "window_size": windowSize}
	if err := ask(ctx, nc, snapshotAPI+stream, request, &s); err != nil {
		return s, err
	}
	if s.Error != nil {
		return s, s.Error
	}
	var state struct {
		Bytes int64 `json:"bytes"`
	}
	if err := json.Unmarshal(s.State, &state); err != nil {
		return s, err
	}
	for done := int64(0); ; {
		m, err := nextChunk(ctx, chunks)
		if err != nil {
			return s, err
		}
		if len(m.Data) == 0 {
			// Without a status the snapshot was smaller than a chunk.
			if status := m.Header.Get("Status"); status != "" && status != "204" {
				return s, fmt.Errorf("%w: %s %s", errBrokeOff, status, m.Header.Get("Description"))
			}
			return s, nil
		}
		if _, err := w.Write(m.Data); err != nil {
			return s, err
		}
		done += int64(len(m.Data))
		progress(done, state.Bytes)
		if m.Reply == "" {
			continue // the last one
		}
		if err := m.Respond(nil); err != nil {
			return s, err
		}
	}
}

func nextChunk(ctx context.Context, chunks *nats.Subscription) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	m, err := chunks.NextMsgWithContext(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("nothing came for %s: may this user publish to $JS.SNAPSHOT.ACK.>?: %w", silence, err)
	}
	return m, err
}

// writeSnapshot sends a snapshot of so many bytes to the server, which makes the stream of it. config and state are what
// the snapshot came with.
func writeSnapshot(ctx context.Context, nc *nats.Conn, stream string, config, state json.RawMessage, r io.Reader, progress func(done int64)) (jetstream.StreamState, error) {
	var start struct {
		Error   *jetstream.APIError `json:"error"`
		Deliver string              `json:"deliver_subject"`
	}
	var none jetstream.StreamState
	if err := ask(ctx, nc, restoreAPI+stream, map[string]any{"config": config, "state": state}, &start); err != nil {
		return none, err
	}
	if start.Error != nil {
		return none, start.Error
	}
	chunk := make([]byte, chunkSize)
	for done := int64(0); ; {
		n, readErr := io.ReadFull(r, chunk)
		if n > 0 {
			if err := sendChunk(ctx, nc, start.Deliver, chunk[:n]); err != nil {
				return none, err
			}
			done += int64(n)
			progress(done)
		}
		if errors.Is(readErr, io.EOF) || errors.Is(readErr, io.ErrUnexpectedEOF) {
			break
		}
		if readErr != nil {
			return none, readErr
		}
	}
	var end struct {
		Error *jetstream.APIError   `json:"error"`
		State jetstream.StreamState `json:"state"`
	}
	// The server answers when the stream stands, which takes as long as recovering it.
	ctx, cancel := context.WithTimeout(ctx, recovery)
	defer cancel()
	answer, err := insist(ctx, nc, start.Deliver, nil)
	if err != nil {
		return none, fmt.Errorf("finish the restore: %w", err)
	}
	if err := json.Unmarshal(answer.Data, &end); err != nil {
		return none, fmt.Errorf("finish the restore: %w", err)
	}
	if end.Error != nil {
		return none, end.Error
	}
	return end.State, nil
}

// recovery bounds the end of a restore: ten million documents were recovered in less.
const recovery = 5 * time.Minute

// insist asks a subject that a server of a cluster has just begun to listen to: until the others know, the answer is that
// nobody does.
func insist(ctx context.Context, nc *nats.Conn, subject string, data []byte) (*nats.Msg, error) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		answer, err := nc.RequestWithContext(ctx, subject, data)
		if !errors.Is(err, nats.ErrNoResponders) {
			return answer, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

func sendChunk(ctx context.Context, nc *nats.Conn, subject string, chunk []byte) error {
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	answer, err := insist(ctx, nc, subject, chunk)
	if err != nil {
		return fmt.Errorf("send a part: %w", err)
	}
	if len(answer.Data) == 0 {
		return nil
	}
	var refused struct {
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(answer.Data, &refused); err != nil {
		return fmt.Errorf("send a part: %w", err)
	}
	if refused.Error != nil {
		return refused.Error
	}
	return nil
}

func ask(ctx context.Context, nc *nats.Conn, subject string, request, answer any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	m, err := nc.RequestWithContext(ctx, subject, body)
	if err != nil {
		return fmt.Errorf("ask %s: %w", subject, err)
	}
	return json.Unmarshal(m.Data, answer)
}
