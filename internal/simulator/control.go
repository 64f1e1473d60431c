package simulator

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
)

// Control returns the handler by which tests, the CLI and people look into the books and turn the knobs. It is open to
// whoever reaches it, so it belongs on a loopback listener of its own:
//
//	GET  /books            the Books
//	GET  /mark             {"mark": n}
//	GET  /effects?since=n  the Effects since a mark, a JSON array
//	GET  /faults           the Knobs
//	POST /faults           changes the knobs that the body names, leaves the others; answers all of them
//	POST /orders           more Seed
//	POST /acts             what a person does: an Act
func (s *Simulator) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /books", func(w http.ResponseWriter, _ *http.Request) { show200(w, s.Books()) })
	mux.HandleFunc("GET /mark", func(w http.ResponseWriter, _ *http.Request) { show200(w, map[string]Mark{"mark": s.Mark()}) })
	mux.HandleFunc("GET /effects", s.controlEffects)
	mux.HandleFunc("GET /faults", func(w http.ResponseWriter, _ *http.Request) { show200(w, s.Knobs()) })
	mux.HandleFunc("POST /faults", s.controlFaults)
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err == nil {
			err = s.SeedOrders(body)
		}
		done(w, err)
	})
	mux.HandleFunc("POST /acts", func(w http.ResponseWriter, r *http.Request) {
		var a Act
		err := strictJSON(w, r, &a)
		if err == nil {
			err = s.Do(a)
		}
		done(w, err)
	})
	return mux
}

func (s *Simulator) controlEffects(w http.ResponseWriter, r *http.Request) {
	since := 0
	if v := r.URL.Query().Get("since"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil {
			http.Error(w, "since: "+err.Error(), http.StatusBadRequest)
			return
		}
		since = n
	}
	effects := s.Effects(Mark(since))
	if effects == nil {
		effects = []string{}
	}
	show200(w, effects)
}

func (s *Simulator) controlFaults(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if err := s.TurnJSON(body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	show200(w, s.Knobs())
}

// TurnJSON changes the knobs that a JSON object names and leaves the others. A fault that is named is replaced whole.
func (s *Simulator) TurnJSON(text []byte) error {
	var bad error
	err := s.Turn(func(k *Knobs) {
		named := map[string]json.RawMessage{}
		if bad = json.Unmarshal(text, &named); bad != nil {
			return
		}
		for name, fault := range k.faults() {
			if _, given := named[name]; given {
				*fault = Fault{}
			}
		}
		changed := *k
		if bad = unmarshalStrict(text, &changed); bad == nil {
			*k = changed
		}
	})
	if bad != nil {
		return bad
	}
	return err
}

func strictJSON(w http.ResponseWriter, r *http.Request, into any) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return err
	}
	return unmarshalStrict(body, into)
}

func done(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func show200(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v)
}
