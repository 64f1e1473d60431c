package simulator

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// state is what a snapshot keeps: the books, the rules, the faults and their chance, the clock, the log of calls and the
// writes that have not landed. Who is signed in is no part of it: nobody has to sign in again after Restore.
type state struct {
	knobs    Knobs
	source   rand.PCG
	world    *world
	traffic  traffic
	late     []lateWrite
	jobs     []job
	advanced time.Duration // how far Advance has moved the clock
}

// empty is the state before anybody has called and before any seed.
func (s *Simulator) empty() state {
	return state{knobs: s.fresh.clone(), source: *rand.NewPCG(uint64(s.options.Seed), 0),
		world: newWorld(s.schemas), traffic: newTraffic(s.options.KeepCalls)}
}

func (st state) clone() state {
	st.knobs, st.world, st.traffic, st.late = st.knobs.clone(), st.world.clone(), st.traffic.clone(), slices.Clone(st.late)
	st.jobs = slices.Clone(st.jobs)
	return st
}

// snapshot is a state under a name.
type snapshot struct {
	at    time.Time
	state state
}

// Snapshot describes a saved state.
type Snapshot struct {
	Name   string    `json:"name"`
	At     time.Time `json:"at"`     // by the simulator's clock
	Writes int       `json:"writes"` // that had been made
}

// Save keeps the state under a name, in place of an earlier one of that name.
func (s *Simulator) Save(name string) error {
	if name == "" || strings.Contains(name, "/") {
		return fmt.Errorf("save snapshot %q: a name is needed, without a slash", name)
	}
	s.lock()
	defer s.mu.Unlock()
	s.snapshots[name] = snapshot{s.now(), s.state.clone()}
	return nil
}

// Restore goes back to a saved state, any number of times.
func (s *Simulator) Restore(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	saved, known := s.snapshots[name]
	if !known {
		return fmt.Errorf("restore snapshot %q: there is none of this name", name)
	}
	s.state = saved.state.clone()
	return nil
}

// Drop forgets a saved state.
func (s *Simulator) Drop(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.snapshots[name]; !known {
		return fmt.Errorf("delete snapshot %q: there is none of this name", name)
	}
	delete(s.snapshots, name)
	return nil
}

// Snapshots lists the saved states by name.
func (s *Simulator) Snapshots() []Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []Snapshot{}
	for _, name := range slices.Sorted(maps.Keys(s.snapshots)) {
		one := s.snapshots[name]
		all = append(all, Snapshot{Name: name, At: one.at, Writes: len(one.state.world.writes)})
	}
	return all
}

// Reset goes back to the seeds, as if nobody had ever called: rules, faults, clock, log of calls and of failed logins, and
// locks of users too. Tokens that were given stay good, and snapshots are kept.
func (s *Simulator) Reset() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = s.empty()
	s.gate.forget()
	for _, seed := range s.seeds {
		if err := s.plant(seed); err != nil {
			return fmt.Errorf("reset: %w", err)
		}
	}
	return nil
}
