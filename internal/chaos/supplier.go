package chaos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand"
	"net/http"
	"path"
	"regexp"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Supplier is the supplier's system: it sends each document until it is answered with 200, some of them several times.
type Supplier struct {
	client *http.Client
	url    string // of the intake
	secret string
	letter *letter

	mu        sync.Mutex
	accepted  map[string]string // payloadID -> document id, of what was answered with 200
	order     []string          // payloadIDs of accepted, as they came
	sent      map[string]bool   // payloadIDs
	posts     int               // requests
	resends   int               // requests with a document that was sent before
	answers   map[string]int    // 200s by the kind of the document
	conflicts []string          // answers that a supplier could not accept
	refusals  refusals
}

// refusals measure the time in which nothing was accepted.
type refusals struct {
	since   time.Time // of the first refusal after the last 200; zero: none
	longest time.Duration
}

// NewSupplier returns a supplier who sends to an intake.
func NewSupplier(intake, secret string) (*Supplier, error) {
	l, err := newLetter(secret)
	if err != nil {
		return nil, err
	}
	return &Supplier{
		client: &http.Client{Timeout: 20 * time.Second}, url: intake, secret: secret, letter: l,
		accepted: map[string]string{}, sent: map[string]bool{}, answers: map[string]int{},
	}, nil
}

// senders is how many documents are on their way at once.
const senders = 6

// errRefused is an answer that sending again would not change.
var errRefused = errors.New("refused")

// Again returns the documents in any order, some of them two or three times. No document moves further than about window
// places; 0: any.
func Again(documents []Document, window int, r *rand.Rand) []Document {
	var order []Document
	for _, d := range documents {
		for range []int{1, 1, 1, 1, 1, 1, 1, 2, 2, 3}[r.Intn(10)] {
			order = append(order, d)
		}
	}
	if window == 0 {
		window = len(order)
	}
	for from := 0; from < len(order); from += window {
		part := order[from:min(from+window, len(order))]
		r.Shuffle(len(part), func(a, b int) { part[a], part[b] = part[b], part[a] })
	}
	return order
}

// Send sends every document, one each interval, and returns when all are answered with 200. After a time in which nothing
// could be sent it catches up.
func (s *Supplier) Send(ctx context.Context, documents []Document, interval time.Duration) error {
	next := make(chan Document)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(next)
		began := time.Now()
		for n, d := range documents {
			if wait := time.Until(began.Add(time.Duration(n) * interval)); wait > 0 && pause(ctx, wait) != nil {
				return ctx.Err()
			}
			select {
			case next <- d:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range senders {
		g.Go(func() error {
			for d := range next {
				if err := s.insist(ctx, d); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// insist sends one document until it is answered with 200.
func (s *Supplier) insist(ctx context.Context, d Document) error {
	body, err := s.letter.write(d)
	if err != nil {
		return err
	}
	for {
		s.mu.Lock()
		s.posts++
		if s.sent[d.PayloadID] {
			s.resends++
		}
		s.sent[d.PayloadID] = true
		s.mu.Unlock()
		id, err := s.post(ctx, body)
		if err == nil || errors.Is(err, errRefused) {
			s.note(d, id, err)
			return nil
		}
		s.refused()
		if err := pause(ctx, time.Duration(20+rand.Intn(200))*time.Millisecond); err != nil {
			return fmt.Errorf("send %s: %w", d.Number, err)
		}
	}
}

// refused notes that a document could not be handed over now.
func (s *Supplier) refused() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusals.since.IsZero() {
		s.refusals.since = time.Now()
	}
}

// note keeps the answer. The same document has the same id each time.
func (s *Supplier) note(d Document, id string, refused error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, known := s.accepted[d.PayloadID]
	switch {
	case refused != nil:
		s.conflicts = append(s.conflicts, fmt.Sprintf("%s %s: %v", d.Kind, d.PayloadID, refused))
		return
	case id == "":
		s.conflicts = append(s.conflicts, fmt.Sprintf("%s %s: 200 without a document id", d.Kind, d.PayloadID))
	case known && before != id:
		s.conflicts = append(s.conflicts, fmt.Sprintf("%s %s: 200 as document %s and as %s", d.Kind, d.PayloadID, before, id))
	default:
		s.accepted[d.PayloadID] = id
		if !known {
			s.order = append(s.order, d.PayloadID)
		}
	}
	s.answers[d.Kind]++
	if !s.refusals.since.IsZero() {
		s.refusals.longest = max(s.refusals.longest, time.Since(s.refusals.since))
		s.refusals.since = time.Time{}
	}
}

// Accepted returns the document ids of what was answered with 200 so far, by payloadID.
func (s *Supplier) Accepted() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.accepted)
}

// since returns the document ids of what was accepted after the first n, by payloadID.
func (s *Supplier) since(n int) map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := map[string]string{}
	for _, payloadID := range s.order[n:] {
		fresh[payloadID] = s.accepted[payloadID]
	}
	return fresh
}

// Refused returns the longest time in which nothing was answered with 200 although the supplier tried.
func (s *Supplier) Refused() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refusals.longest
}

var statusCode = regexp.MustCompile(`<Status [^>]*code="(\d+)"`)

// post sends a document once and returns its id. Any error but errRefused is worth another try.
func (s *Supplier) post(ctx context.Context, body []byte) (string, error) {
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
