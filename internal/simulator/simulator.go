package simulator

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Simulator is one NetSuite account. It is safe for concurrent use; its state lives in memory behind one mutex, which is
// never held while a call takes its time.
type Simulator struct {
	options Options

	mu sync.Mutex
	state
	random    *rand.Rand // of state.source
	gate      *gate
	schemas   map[string]*schema
	inFlight  int    // calls between arrival and answer
	slots     int    // calls that hold a place in the concurrency limit
	acting    string // the role of the call that is looked at now
	fresh     Knobs
	seeds     []Seed
	snapshots map[string]snapshot
}

// New returns an empty account. It panics when Options.Knobs sets a value that no knob has, or Options.Clients a key that
// NetSuite does not take: that is a mistake in a program.
func New(o Options) *Simulator {
	o = o.withDefaults()
	k := DefaultKnobs()
	switch {
	case o.Limit > 0:
		k.ConcurrencyLimit = o.Limit
	case o.Limit < 0:
		k.ConcurrencyLimit = 0
	}
	k.CommitThenFail.Rate = o.CommitThenFail
	k.Latency = o.Latency
	if o.Knobs != nil {
		o.Knobs(&k)
	}
	if err := k.validate(); err != nil {
		panic("simulator: " + err.Error())
	}
	clients, err := newClients(o.Clients)
	if err != nil {
		panic("simulator: " + err.Error())
	}
	s := &Simulator{options: o, gate: newGate(o.Credentials, clients), schemas: newSchemas(o.CustomFields),
		fresh: k, snapshots: map[string]snapshot{}}
	s.random = rand.New(&s.source)
	s.state = s.empty()
	return s
}

// Knobs returns the rules and faults as they are now.
func (s *Simulator) Knobs() Knobs {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.knobs.clone()
}

// Turn changes rules and faults while the simulator runs. A value that no knob has changes nothing and is an error.
func (s *Simulator) Turn(change func(*Knobs)) error {
	s.lock()
	defer s.mu.Unlock()
	k := s.knobs.clone()
	change(&k)
	if err := k.validate(); err != nil {
		return err
	}
	s.knobs = k
	return nil
}

func (k Knobs) clone() Knobs {
	k.Restrictions = k.Restrictions.clone()
	roles := make(map[string]Restrictions, len(k.Roles))
	for role, r := range k.Roles {
		roles[role] = r.clone()
	}
	k.Roles = roles
	k.ClosedPeriods = slices.Clone(k.ClosedPeriods)
	k.LockedPeriods = slices.Clone(k.LockedPeriods)
	k.ScriptRejects = slices.Clone(k.ScriptRejects)
	return k
}

// SetCredentials replaces the credentials that log in, as an administrator does who rotates a token. Locks are lifted.
func (s *Simulator) SetCredentials(credentials ...Credential) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate.credentials = slices.Clone(credentials)
	clear(s.gate.locked)
	clear(s.gate.failures)
}

// SetClients replaces the clients that log in by OAuth 2.0, as an administrator does who maps another certificate. Tokens
// of clients that are no longer there are refused.
func (s *Simulator) SetClients(clients ...OAuthClient) error {
	known, err := newClients(clients)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate.clients = known
	return nil
}

// now is the server's clock. It is called under the mutex.
func (s *Simulator) now() time.Time {
	return s.options.Clock().Add(s.advanced + time.Duration(s.knobs.ServerClockOffset)).UTC()
}

// maxBody is NetSuite's bound of a request, 104 MB.
const maxBody = 104 << 20

// ServeHTTP answers one call: it arrives, logs in, takes a slot, takes its time, is carried out in one piece, and is
// answered unless a fault says otherwise.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, readErr := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	c := s.arrive(r, body)
	entered := false
	defer func() { s.leave(c, entered) }()

	s.mu.Lock()
	down, style, hang := s.knobs.Down, s.knobs.ErrorStyle, time.Duration(s.knobs.HangFor)
	// Answers are dated by the clock that judges time stamps: it is all that a refused client learns of it.
	w.Header().Set("Date", s.now().Format(http.TimeFormat))
	s.mu.Unlock()
	switch {
	case down == DownHTML:
		s.note(c, http.StatusServiceUnavailable, "", "down")
		writeDown(w)
		return
	case down == DownGone:
		s.note(c, 0, "", "down")
		cut(w)
		return
	case readErr != nil:
		s.answer(w, c, style, refuse(http.StatusBadRequest, codeRequest, "The request body could not be read."))
		return
	}

	if c.kind == kindToken && c.refused == nil {
		s.grant(c, s.origin(r)).write(s, w, c)
		return
	}
	if c.kind == kindSignIn && c.refused == nil {
		s.signInPage(w, c)
		return
	}
	slow, denied := s.admit(r, c)
	if denied != nil {
		sleep(r.Context(), slow)
		s.answer(w, c, style, denied)
		return
	}
	entered = true
	delay := s.prepare(c)
	sleep(r.Context(), delay)
	if r.Context().Err() != nil {
		s.abandon(c)
	}

	result, outcome, how := s.perform(c)
	switch {
	case how != "":
		status := 0
		if how == Error500 {
			status = http.StatusInternalServerError
		}
		s.note(c, status, "", outcome+" "+string(how))
		s.fail(w, r, c, how, style, hang)
	case result.refusal != nil:
		s.answer(w, c, style, result.refusal)
	default:
		s.note(c, result.status, "", "")
		result.write(w)
	}
}

// arrive numbers and counts the call.
func (s *Simulator) arrive(r *http.Request, body []byte) *call {
	c := newCall(r, body)
	s.mu.Lock()
	defer s.mu.Unlock()
	c.route(s.world.schemas)
	s.form(c)
	s.inFlight++
	s.traffic.arrive(c, s.now(), s.inFlight)
	return c
}

func (s *Simulator) leave(c *call, entered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight--
	if entered {
		s.slots--
	}
}

// abandon writes down that the caller hung up before the call was carried out.
func (s *Simulator) abandon(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traffic.abandon(c)
}

// admit logs the call in and gives it a slot, or says why not and after which time.
func (s *Simulator) admit(r *http.Request, c *call) (time.Duration, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if denied := s.login(r, c); denied != nil {
		return 0, denied
	}
	k := s.knobs
	if k.ConcurrencyLimit > 0 && s.slots >= k.ConcurrencyLimit+k.SoftOverrun {
		s.traffic.overLimit++
		if k.OverloadAs401After > 0 {
			return time.Duration(k.OverloadAs401After), s.loginRefusal(formOf(r.Header))
		}
		denied := refuse(k.ConcurrencyStatus, codeConcurrency, concurrencyText)
		if k.ConcurrencyTopLevel {
			denied.topCode, denied.details[0].Code = codeUser, ""
		}
		if k.RetryAfter > 0 {
			denied.header = http.Header{"Retry-After": {strconv.Itoa(k.RetryAfter)}}
		}
		return 0, denied
	}
	s.slots++
	s.traffic.maxSlots = max(s.traffic.maxSlots, s.slots)
	return 0, nil
}

// prepare draws how long the call takes and remembers the version of the record that it will save.
func (s *Simulator) prepare(c *call) time.Duration {
	s.lock()
	defer s.mu.Unlock()
	if c.write && c.schema != nil && c.transform == nil {
		if r := s.world.find(c.schema, c.id); r != nil {
			c.opened, c.version = true, r.version
		}
	}
	return s.knobs.Latency.draw(c, s.random)
}

// perform carries the call out. how is not empty when the answer must be lost; outcome then says what really happened.
func (s *Simulator) perform(c *call) (result reply, outcome string, how Choice) {
	s.lock()
	defer s.mu.Unlock()
	c.carried, s.acting = s.now(), c.role
	if _, hit := s.strike(&s.knobs.UnexpectedError, c); hit {
		s.traffic.fault("unexpectedError")
		return reply{refusal: unexpected(c)}, "", ""
	}
	if c.write {
		if how, hit := s.strike(&s.knobs.FailBeforeCommit, c); hit {
			s.traffic.fault("failBeforeCommit")
			return reply{}, "not applied:", how
		}
		if _, hit := s.strike(&s.knobs.RecordChanged, c); hit {
			s.traffic.fault("recordChanged")
			return reply{refusal: s.worded(userError(recordChangedText))}, "", ""
		}
	}
	result, err := s.execute(c)
	if err != nil {
		var denied *refusal
		if !errors.As(err, &denied) {
			denied = refuse(http.StatusInternalServerError, codeUnexpected, err.Error())
		}
		return reply{refusal: s.worded(denied)}, "", ""
	}
	if !c.write {
		return result, "", ""
	}
	// A refused write leaves nothing to hide, so the fault waits for one that would be applied.
	how, hit := s.strike(&s.knobs.CommitThenFail, c)
	if !hit {
		c.saved.commit(c)
		return result, "", ""
	}
	s.traffic.fault("commitThenFail")
	if delay := time.Duration(s.knobs.CommitThenFail.Late); delay > 0 {
		s.postpone(c, delay)
		return reply{}, "late:", how
	}
	c.saved.commit(c)
	return reply{}, "applied:", how
}

// answer sends a refusal and writes it down.
func (s *Simulator) answer(w http.ResponseWriter, c *call, style Choice, r *refusal) {
	s.note(c, r.status, r.code(), "")
	r.write(w, style)
}

// note completes the record of a call.
func (s *Simulator) note(c *call, status int, code, fault string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traffic.note(c, status, code, fault)
}

// reply is what a call that was carried out is answered with.
type reply struct {
	status  int
	header  http.Header
	media   string
	body    any
	refusal *refusal
}

func (a reply) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	text, err := encode(a.body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", a.media)
	w.WriteHeader(a.status)
	_, _ = w.Write(text)
}
