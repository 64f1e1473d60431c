package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"path"
	"regexp"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// sender is the supplier's system: it sends each document until it is answered with 200, in any order and some of them
// several times.
type sender struct {
	client *http.Client
	url    string

	mu        sync.Mutex
	accepted  map[string]string // payloadID -> document id, of what was answered with 200
	posts     int               // requests
	resends   int               // requests with a document that was sent before
	conflicts []string          // answers that a supplier could not accept
}

// senders is how many documents are on their way at once.
const senders = 6

// errRefused is an answer that sending again would not change.
var errRefused = errors.New("refused")

// send sends every document. think is the mean pause between two documents of one connection.
func (s *sender) send(ctx context.Context, documents []Document, bodies [][]byte, seed int64, think time.Duration) error {
	r := rand.New(rand.NewSource(seed))
	var order []int
	for i := range documents {
		for range []int{1, 1, 1, 1, 1, 1, 1, 2, 2, 3}[r.Intn(10)] {
			order = append(order, i)
		}
	}
	r.Shuffle(len(order), func(a, b int) { order[a], order[b] = order[b], order[a] })
	next := make(chan int)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(next)
		for _, i := range order {
			select {
			case next <- i:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	sent := make([]bool, len(documents)) // guarded by s.mu
	for n := range senders {
		own := rand.New(rand.NewSource(seed + int64(n)))
		g.Go(func() error {
			for i := range next {
				if err := s.insist(ctx, documents[i], bodies[i], &sent[i], own); err != nil {
					return err
				}
				if err := pause(ctx, time.Duration(own.Int63n(int64(2*think)+1))); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// insist sends one document until it is answered with 200.
func (s *sender) insist(ctx context.Context, d Document, body []byte, sent *bool, r *rand.Rand) error {
	for {
		s.mu.Lock()
		s.posts++
		if *sent {
			s.resends++
		}
		*sent = true
		s.mu.Unlock()
		id, err := s.post(ctx, body)
		if err == nil || errors.Is(err, errRefused) {
			s.note(d, id, err)
			return nil
		}
		if err := pause(ctx, time.Duration(20+r.Intn(200))*time.Millisecond); err != nil {
			return fmt.Errorf("send %s: %w", d.Number, err)
		}
	}
}

// note keeps the answer. The same document has the same id each time.
func (s *sender) note(d Document, id string, refused error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, known := s.accepted[d.PayloadID]
	switch {
	case refused != nil:
		s.conflicts = append(s.conflicts, fmt.Sprintf("%s %s: %v", d.Kind, d.PayloadID, refused))
	case id == "":
		s.conflicts = append(s.conflicts, fmt.Sprintf("%s %s: 200 without a document id", d.Kind, d.PayloadID))
	case known && before != id:
		s.conflicts = append(s.conflicts, fmt.Sprintf("%s %s: 200 as document %s and as %s", d.Kind, d.PayloadID, before, id))
	default:
		s.accepted[d.PayloadID] = id
	}
}

var statusCode = regexp.MustCompile(`<Status [^>]*code="(\d+)"`)

// post sends a document once and returns its id. Any error but errRefused is worth another try.
func (s *sender) post(ctx context.Context, body []byte) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/cxml", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "text/xml; charset=UTF-8")
	resp, err := s.client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return "", err
	}
	code := statusCode.FindSubmatch(answer)
	switch {
	case code == nil:
		return "", fmt.Errorf("answer without a cXML status: %s", resp.Status)
	case string(code[1]) == "200":
		location, err := resp.Location()
		if err != nil {
			return "", nil
		}
		return path.Base(location.Path), nil
	case code[1][0] == '4':
		return "", fmt.Errorf("%w with %s: %s", errRefused, code[1], bytes.TrimSpace(answer))
	}
	return "", fmt.Errorf("answered with %s", code[1])
}
