package chaos

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Outage is a time in which the breaker of one worker was open.
type Outage struct {
	Worker   string
	From, To time.Time // To is zero while it lasts
}

// readOutages finds them in the log of a worker. A worker that dies takes its breaker with it.
func readOutages(worker string, log io.Reader) ([]Outage, error) {
	var all []Outage
	open := false
	shut := func(t time.Time) {
		if open {
			all[len(all)-1].To, open = t, false
		}
	}
	lines := bufio.NewReader(log)
	for {
		line, err := lines.ReadBytes('\n')
		var said struct {
			Time    time.Time `json:"time"`
			Message string    `json:"message"`
			To      string    `json:"to"`
		}
		if json.Unmarshal(line, &said) == nil { // a kill may have torn a line, and a panic has lines of its own
			switch {
			case said.Message == "config.loaded":
				shut(said.Time)
			case said.Message == "breaker.changed" && said.To == "open" && !open:
				all, open = append(all, Outage{Worker: worker, From: said.Time}), true
			case said.Message == "breaker.changed" && said.To == "closed":
				shut(said.Time)
			}
		}
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the log of %s: %w", worker, err)
		}
	}
}

// outages returns the outages of all workers.
func (i *Installation) outages() ([]Outage, error) {
	var all []Outage
	for _, w := range i.Workers {
		f, err := os.Open(w.Log)
		if err != nil {
			return nil, fmt.Errorf("read the log of %s: %w", w.Name, err)
		}
		found, err := readOutages(w.Name, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}
