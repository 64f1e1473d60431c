package intake

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"counterpunch/internal/queue"
	"counterpunch/internal/reason"
	"counterpunch/internal/secret"
)

// documentStatus is the answer of GET /documents/{id}: what the supplier may know of its document.
type documentStatus struct {
	ID          string      `json:"id"`
	Kind        string      `json:"kind"`
	Number      string      `json:"number,omitempty"`
	Orders      []string    `json:"orders,omitempty"`
	PayloadID   string      `json:"payloadID,omitempty"`
	Attachments int         `json:"attachments,omitempty"` // that came with it and were kept
	Received    time.Time   `json:"received"`
	State       queue.State `json:"state"`
	Reason      reason.Code `json:"reason,omitempty"`
	Sentence    string      `json:"sentence,omitempty"`
	Updated     time.Time   `json:"updated"`
}

// status tells a supplier what became of its document. Another's document, and one that is not there, are the same 404.
func (h *Handler) status(w http.ResponseWriter, r *http.Request) {
	if !h.addresses.allow(clientAddr(r), time.Now()) {
		w.Header().Set("Retry-After", "1")
		problem(w, http.StatusTooManyRequests, "Too many requests from this address: ask again later.")
		return
	}
	mayAsk, ok := h.asker(r)
	if !ok {
		w.Header().Set("WWW-Authenticate", `Basic realm="counterpunch", charset="UTF-8"`)
		problem(w, http.StatusUnauthorized, "Ask with the token from the answer to the document, with a client certificate, or with the supplier's name and one of its secrets by Basic authentication.")
		return
	}
	st, err := h.Queue.Status(r.Context(), r.PathValue("id"))
	switch {
	case errors.Is(err, queue.ErrNotFound), err == nil && !mayAsk(st):
		problem(w, http.StatusNotFound, "There is no document with this id.")
		return
	case err != nil:
		if !errors.Is(err, context.Canceled) {
			h.Log.Error().Err(err).Str("document_id", r.PathValue("id")).Msg("intake.status_failed")
		}
		w.Header().Set("Retry-After", "60")
		problem(w, http.StatusServiceUnavailable, "The state of the document cannot be read at this moment: ask again later.")
		return
	}
	writeJSON(w, http.StatusOK, documentStatus{
		ID: st.ID, Kind: string(st.Kind), Number: st.Number, Orders: st.Orders, PayloadID: st.PayloadID, Attachments: len(st.Attachments),
		Received: st.Received, State: st.State, Reason: st.Reason, Sentence: st.Reason.Sentence(), Updated: st.Updated,
	})
}

// asker says which documents the request may ask for: those of the supplier that signs in by Basic authentication or holds a
// client certificate, or the one that a token was made for. It is false when the request shows none of the three, or a
// wrong secret.
func (h *Handler) asker(r *http.Request) (mayAsk func(queue.Status) bool, ok bool) {
	suppliers := h.Directory.Certified(peer(r))
	if user, password, given := r.BasicAuth(); given {
		s, ok := h.Directory.Basic(user, secret.New(password))
		if !ok {
			return nil, false
		}
		suppliers = append(suppliers, s.Name)
	}
	token := r.URL.Query().Get("token")
	return func(st queue.Status) bool {
		return slices.Contains(suppliers, st.Supplier) || token != "" && h.Directory.Opens(token, st.Supplier, st.ID)
	}, token != "" || len(suppliers) > 0
}

func problem(w http.ResponseWriter, status int, sentence string) {
	writeJSON(w, status, map[string]string{"error": sentence})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the asker may be gone
}
