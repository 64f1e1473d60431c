package cli

import (
	"errors"
	"time"
)

// moment is a flag that takes a time, or how long ago it was.
type moment struct {
	text string
	ago  time.Duration
	at   time.Time
}

// momentForms are how a time may be given, the day as it began in UTC.
var momentForms = []string{time.RFC3339, "2006-01-02T15:04", time.DateOnly}

func (m *moment) String() string { return m.text }

func (m *moment) Type() string { return "time" }

func (m *moment) Set(text string) error {
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		*m = moment{text: text, ago: d}
		return nil
	}
	for _, form := range momentForms {
		if t, err := time.Parse(form, text); err == nil {
			*m = moment{text: text, at: t}
			return nil
		}
	}
	return errors.New("give how long ago, such as 24h, or a time such as 2026-09-01 or 2026-09-01T08:00:00Z")
}

// time returns the time that is meant, counted from now; the zero time when none was given.
func (m *moment) time() time.Time {
	switch {
	case m.text == "":
		return time.Time{}
	case m.at.IsZero():
		return time.Now().Add(-m.ago)
	}
	return m.at
}

// inOrder refuses a period in which nothing can be: looking there would find that all is well.
func inOrder(since, until moment) error {
	from, to := since.time(), until.time()
	if from.IsZero() || to.IsZero() || from.Before(to) {
		return nil
	}
	return usagef("--since %s is not before --until %s", since.text, until.text)
}
