package simulator

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ControlRoute is one address of the control API.
type ControlRoute struct {
	Pattern string // method and path, as http.ServeMux reads them
	About   string
	serve   func(s *Simulator, w http.ResponseWriter, r *http.Request)
}

// ControlRoutes lists the control API, in the order in which people need it.
func ControlRoutes() []ControlRoute {
	return []ControlRoute{
		{"GET /_sim/{$}", "this list", (*Simulator).controlIndex},
		{"GET /_sim/books", "all records, every write, failed logins and counts of calls", give((*Simulator).Books)},
		{"GET /_sim/audit", "what must never be: bills doubled, lines added, vendors crossed, too much billed or credited; [] is clean", give((*Simulator).Audit)},
		{"GET /_sim/effects", "what calls changed, net; ?since= a mark", (*Simulator).controlEffects},
		{"GET /_sim/mark", "the present moment, for since", (*Simulator).controlMark},
		{"GET /_sim/calls", "calls with user, status, time taken and fault; ?since= a sequence, ?kind=, ?status=, ?fault=", (*Simulator).controlCalls},
		{"GET /_sim/knobs", "all rules and faults", give((*Simulator).Knobs)},
		{"PATCH /_sim/knobs", "changes the rules and faults that the body names; a fault is replaced whole", (*Simulator).controlKnobs},
		{"DELETE /_sim/knobs", "sets all rules and faults back to those of the start", (*Simulator).controlFresh},
		{"POST /_sim/acts", "what a person does in NetSuite; answers what that wrote", (*Simulator).controlAct},
		{"POST /_sim/seed", "adds vendors, items, units and purchase orders", (*Simulator).controlSeed},
		{"GET /_sim/clock", "the time, and the writes that have not landed yet", give((*Simulator).Clock)},
		{"POST /_sim/clock", `moves the clock: {"advance":"60s"}; {"land":true} lets late writes land at once`, (*Simulator).controlClock},
		{"GET /_sim/snapshots", "the saved states", give((*Simulator).Snapshots)},
		{"PUT /_sim/snapshots/{name}", "saves the state under a name", named((*Simulator).Save)},
		{"POST /_sim/snapshots/{name}", "goes back to a saved state", named((*Simulator).Restore)},
		{"DELETE /_sim/snapshots/{name}", "forgets a saved state", named((*Simulator).Drop)},
		{"POST /_sim/reset", "goes back to the seed, as if nobody had ever called", (*Simulator).controlReset},
	}
}

// Control returns the handler by which tests, the CLI and people look into the books and turn the knobs, see ControlRoutes.
// It is open to whoever reaches it, so it belongs on a loopback listener of its own.
func (s *Simulator) Control() http.Handler {
	mux := http.NewServeMux()
	for _, route := range ControlRoutes() {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) { route.serve(s, w, r) })
	}
	return mux
}

// give answers what a method returns.
func give[T any](of func(*Simulator) T) func(*Simulator, http.ResponseWriter, *http.Request) {
	return func(s *Simulator, w http.ResponseWriter, _ *http.Request) { show200(w, of(s)) }
}

// named does something with the name in the path.
func named(do func(*Simulator, string) error) func(*Simulator, http.ResponseWriter, *http.Request) {
	return func(s *Simulator, w http.ResponseWriter, r *http.Request) { done(w, do(s, r.PathValue("name"))) }
}

func (s *Simulator) controlIndex(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for _, route := range ControlRoutes() {
		_, _ = fmt.Fprintf(w, "%-30s  %s\n", strings.TrimSuffix(route.Pattern, "{$}"), route.About)
	}
}

func (s *Simulator) controlMark(w http.ResponseWriter, _ *http.Request) {
	show200(w, map[string]Mark{"mark": s.Mark()})
}

func (s *Simulator) controlEffects(w http.ResponseWriter, r *http.Request) {
	since, err := wholeQuery(r, "since")
	if err != nil {
		done(w, err)
		return
	}
	effects := s.Effects(Mark(since))
	if effects == nil {
		effects = []string{}
	}
	show200(w, effects)
}

func (s *Simulator) controlCalls(w http.ResponseWriter, r *http.Request) {
	since, err := wholeQuery(r, "since")
	if err != nil {
		done(w, err)
		return
	}
	status, err := wholeQuery(r, "status")
	if err != nil {
		done(w, err)
		return
	}
	kind, fault := r.URL.Query().Get("kind"), r.URL.Query().Get("fault")
	show200(w, slices.DeleteFunc(s.Calls(), func(c Call) bool {
		return c.Sequence <= since || kind != "" && c.Kind != kind || r.URL.Query().Has("status") && c.Status != status ||
			fault != "" && !strings.Contains(c.Fault, fault)
	}))
}

func wholeQuery(r *http.Request, name string) (int, error) {
	v := r.URL.Query().Get(name)
	if v == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		return 0, fmt.Errorf("%s: %q is not a whole number", name, v)
	}
	return n, nil
}

func (s *Simulator) controlKnobs(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil {
		err = s.TurnJSON(body)
	}
	if err != nil {
		done(w, err)
		return
	}
	show200(w, s.Knobs())
}

func (s *Simulator) controlFresh(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	s.knobs = s.fresh.clone()
	s.mu.Unlock()
	show200(w, s.Knobs())
}

func (s *Simulator) controlAct(w http.ResponseWriter, r *http.Request) {
	var a Act
	if err := strictJSON(w, r, &a); err != nil {
		done(w, err)
		return
	}
	writes, err := s.do(a)
	if err != nil {
		done(w, err)
		return
	}
	show200(w, writes)
}

func (s *Simulator) controlSeed(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil {
		err = s.SeedOrders(body)
	}
	done(w, err)
}

func (s *Simulator) controlClock(w http.ResponseWriter, r *http.Request) {
	var move struct {
		Advance Duration `json:"advance"`
		Land    bool     `json:"land"`
	}
	err := strictJSON(w, r, &move)
	if err == nil {
		err = s.Advance(time.Duration(move.Advance))
	}
	if err != nil {
		done(w, err)
		return
	}
	if move.Land {
		s.Land()
	}
	show200(w, s.Clock())
}

func (s *Simulator) controlReset(w http.ResponseWriter, _ *http.Request) { done(w, s.Reset()) }

// TurnJSON changes the knobs that a JSON object names and leaves the others. A fault that is named is replaced whole.
func (s *Simulator) TurnJSON(text []byte) error {
	var bad error
	err := s.Turn(func(k *Knobs) { bad = k.setJSON(text) })
	if bad != nil {
		return bad
	}
	return err
}

// Start changes knobs as TurnJSON does, for the start: a reset goes back to them.
func (s *Simulator) Start(text []byte) error {
	if err := s.TurnJSON(text); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh = s.knobs.clone()
	return nil
}

// setJSON changes the knobs that a JSON object names, or none when it names one that is not there.
func (k *Knobs) setJSON(text []byte) error {
	changed := k.clone()
	named := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &named); err != nil {
		return err
	}
	for name, fault := range changed.faults() {
		if _, given := named[name]; given {
			*fault = Fault{}
		}
	}
	if err := unmarshalStrict(text, &changed); err != nil {
		return err
	}
	*k = changed
	return nil
}

func strictJSON(w http.ResponseWriter, r *http.Request, into any) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return err
	}
	return unmarshalStrict(body, into)
}

// done answers 204, or what is wrong with the request.
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
