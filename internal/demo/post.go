package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/beevik/etree"

	"counterpunch/internal/queue"
)

// Answer is what a supplier was told.
type Answer struct {
	Code int    // of cXML
	Text string // of cXML's Status
	ID   string // document id; empty when nothing was stored
	Body []byte
}

// Post sends a document to an endpoint as a supplier would.
func Post(ctx context.Context, client *http.Client, url, contentType string, body []byte) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return Answer{}, fmt.Errorf("post to %s: %w", url, err)
	}
	req.Header.Set("Content-Type", contentType)
	resp, err := client.Do(req)
	if err != nil {
		return Answer{}, fmt.Errorf("post to %s: %w", url, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return Answer{}, fmt.Errorf("read the answer of %s: %w", url, err)
	}
	a := Answer{Body: answer}
	if location, err := resp.Location(); err == nil {
		a.ID = path.Base(location.Path)
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(answer); err != nil {
		return a, fmt.Errorf("read the answer of %s (HTTP %s): it is no XML: %w", url, resp.Status, err)
	}
	status := doc.FindElement("/cXML/Response/Status")
	if status == nil {
		return a, fmt.Errorf("read the answer of %s (HTTP %s): it has no cXML Status", url, resp.Status)
	}
	if a.Code, err = strconv.Atoi(status.SelectAttrValue("code", "")); err != nil {
		return a, fmt.Errorf("read the answer of %s: the code of its Status is no number", url)
	}
	a.Text = status.Text()
	return a, nil
}

// Post sends a document to the World's endpoint.
func (w *World) Post(ctx context.Context, contentType string, body []byte) (Answer, error) {
	return Post(ctx, w.client, w.addresses.Suppliers, contentType, body)
}

// look is how often Rest looks at a document.
const look = 10 * time.Millisecond

// Rest waits until a document has come to rest: applied, parked, dead-lettered or ended otherwise.
func (w *World) Rest(ctx context.Context, id string) (queue.Status, error) {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		st, err := w.Serve.Queue.Status(ctx, id)
		if err != nil {
			return st, fmt.Errorf("ask what became of document %s: %w", id, err)
		}
		if st.State != queue.StateAccepted {
			return st, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return st, fmt.Errorf("document %s has not come to rest: %w", id, ctx.Err())
		}
	}
}
