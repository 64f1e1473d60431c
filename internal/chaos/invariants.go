package chaos

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// outcomes checks that every receipt has exactly one outcome (I1): each of its messages is ended by one record, and of the
// ends that are final all but the last were taken back by a replay.
func (f *Findings) outcomes(e Evidence) {
	known := map[string]bool{}
	for _, payloadID := range slices.Sorted(maps.Keys(e.Accepted)) {
		id := e.Accepted[payloadID]
		known[Key(id)] = true
		if what := outcome(e.Stores.Inbound[Key(id)], e.Stores.History[Key(id)]); what != "" {
			f.Add(Unended, fmt.Sprintf("%s (document %s): %s", payloadID, id, what))
			continue
		}
		last := e.Stores.History[Key(id)][len(e.Stores.History[Key(id)])-1]
		switch want := e.Letters[payloadID]; {
		case e.Discarded[payloadID]:
			if last.Type != "discarded" {
				f.Add(Other, fmt.Sprintf("%s (document %s) is %s (%s), and was discarded", payloadID, id, last.Type, last.Reason))
			}
		case want == "" && last.Type != "applied" && last.Type != "superseded":
			f.Add(Other, fmt.Sprintf("%s (document %s) is %s (%s)", payloadID, id, last.Type, last.Reason))
		case want != "" && (last.Type != "dead-lettered" || last.Reason != want):
			f.Add(Other, fmt.Sprintf("%s (document %s) is %s (%s), not a dead letter (%s)", payloadID, id, last.Type, last.Reason, want))
		}
	}
	for key := range e.Stores.Inbound {
		if !known[key] {
			f.Add(Unended, "a document with key "+key+" was stored and never answered with 200")
		}
	}
}

// outcome says what is wrong with the records of one document, or nothing. A discard ends once more what had ended as a letter.
// Of a forgotten document only the marker is left.
func outcome(messages []Message, history []Entry) string {
	ends := map[uint64]int{}
	final := 0
	var before Entry
	for _, r := range history {
		waited := before.Sequence == r.Sequence && (before.Type == "dead-lettered" || before.Type == "parked")
		if r.ends() && (r.Type != "discarded" || !waited) {
			ends[r.Sequence]++
		}
		switch {
		case r.Type == "discarded" && before.Type == "dead-lettered":
		case r.ends() && r.Type != "parked":
			final++
		case r.Type == "replayed" || r.Type == "edited":
			final--
		}
		before = r
	}
	forgotten := false
	for _, m := range messages {
		forgotten = m.Why == "forget"
		marker := m.Why == "discard" || forgotten
		if n := ends[m.Sequence]; n != 1 && !marker {
			return fmt.Sprintf("message %d was ended %d times", m.Sequence, n)
		}
		delete(ends, m.Sequence)
	}
	switch {
	case len(messages) == 0:
		return "it is not in INBOUND"
	case forgotten && len(messages) > 1:
		return fmt.Sprintf("it was forgotten, and %d messages say more", len(messages)-1)
	case len(ends) > 0 && !forgotten:
		return fmt.Sprintf("records end messages that are not there: %v", slices.Sorted(maps.Keys(ends)))
	case final != 1:
		return fmt.Sprintf("it has %d outcomes", final)
	case history[len(history)-1].Type == "parked" || !history[len(history)-1].ends():
		return "its last record is " + history[len(history)-1].Type
	}
	return ""
}

// letters checks that the dead letters are those that came in and were neither replayed nor discarded (I4).
func (f *Findings) letters(e Evidence) {
	in, out := 0, 0
	for _, key := range slices.Sorted(maps.Keys(e.Stores.History)) {
		waiting := false
		for _, r := range e.Stores.History[key] {
			switch r.Type {
			case "dead-lettered":
				in, waiting = in+1, true
			case "replayed", "edited", "discarded":
				if waiting {
					out++
				}
				waiting = false
			}
		}
		if _, there := e.Stores.Letters[key]; there != waiting {
			f.Add(Letters, fmt.Sprintf("document with key %s: a letter is there: %v, by its history: %v", key, there, waiting))
		}
	}
	if n := len(e.Stores.Letters); n != in-out {
		f.Add(Letters, fmt.Sprintf("%d letters, but %d came in and %d were replayed or discarded", n, in, out))
	}
	if e.Stores.Parked != 0 {
		f.Add(Letters, fmt.Sprintf("%d documents are parked although all have come to rest", e.Stores.Parked))
	}
}

// counted checks that nothing was counted on a document while the breaker of its worker was open (I5). What was under way
// when it opened gets the time of two calls to come to an end.
func (f *Findings) counted(e Evidence) {
	for _, key := range slices.Sorted(maps.Keys(e.Stores.History)) {
		before := 0
		for _, r := range e.Stores.History[key] {
			if n := r.counted(); n > before {
				for _, o := range e.Outages {
					if r.Worker == o.Worker && r.Time.After(o.From.Add(2*e.Waits.timeout)) && (o.To.IsZero() || r.Time.Before(o.To)) {
						f.Add(Counted, fmt.Sprintf("document %s: %s counts %d after %d at %s, while the breaker of %s was open", r.DocumentID, r.Type, n, before,
							r.Time.Format(time.StampMilli), r.Worker))
					}
				}
			}
			before = r.counted()
		}
	}
}

// metrics checks that the metrics tell what the books and the streams tell (I8). Counters of a program that was started
// again are not complete, and are not compared.
func (f *Findings) metrics(e Evidence) {
	f.Add(Metrics, gauges(e)...)
	f.Add(Metrics, counters(e)...)
}

func gauges(e Evidence) []string {
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(e.Scrapes)) {
		if name == "ingest" {
			continue // the queue is shown by workers
		}
		for metric, want := range map[string]int{
			"counterpunch_queue_readable": 1, "counterpunch_queue_depth": 0, "counterpunch_parked": e.Stores.Parked,
			"counterpunch_dead_letters": len(e.Stores.Letters),
		} {
			if got := e.Scrapes[name].Sum(metric); got != float64(want) {
				wrong = append(wrong, fmt.Sprintf("%s of %s is %v, want %d", metric, name, got, want))
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

func counters(e Evidence) []string {
	var wrong []string
	compare := func(what string, got float64, want int) {
		if got != float64(want) {
			wrong = append(wrong, fmt.Sprintf("%s is %v, want %d", what, got, want))
		}
	}
	atLeast := func(what string, got float64, want int) {
		if got < float64(want) {
			wrong = append(wrong, fmt.Sprintf("%s is %v, want at least %d", what, got, want))
		}
	}
	accepted := map[string]int{}
	for _, d := range e.Documents {
		if _, ok := e.Accepted[d.PayloadID]; ok {
			accepted[d.Kind]++
		}
	}
	workers := map[string]Scrape{}
	for name, s := range e.Scrapes {
		switch {
		case name == "ingest" && s.First:
			for kind, label := range kindLabels() {
				const metric = "counterpunch_intake_documents_total"
				fresh, again := s.Sum(metric, `kind="`+label+`"`, `answer="accepted"`), s.Sum(metric, `kind="`+label+`"`, `answer="repeated"`)
				if !e.answeredAll() {
					// What was stored and not answered with 200 counts as repeated when it comes again.
					atLeast(metric+" of "+label, fresh+again, e.Answers[kind])
					continue
				}
				compare(metric+" of new "+label, fresh, accepted[kind])
				compare(metric+" of repeated "+label, again, e.Answers[kind]-accepted[kind])
			}
		case name != "ingest" && s.First:
			workers[name] = s
		}
	}
	if len(workers) < 2 || len(workers) < len(e.Scrapes)-1 {
		return wrong
	}
	total := func(metric string, labels ...string) (sum float64) {
		for _, s := range workers {
			sum += s.Sum(metric, labels...)
		}
		return sum
	}
	ended := map[string]int{}
	for _, history := range e.Stores.History {
		for _, r := range history {
			ended[r.Type]++
		}
	}
	unheard := e.Unheard
	for _, state := range []string{"applied", "superseded", "recorded", "parked", "dead-lettered"} { // people discard, not workers
		const metric = "counterpunch_documents_total"
		got := total(metric, `state="`+state+`"`)
		if lack := float64(ended[state]) - got; 0 < lack && lack <= float64(unheard) {
			unheard -= int(lack)
			continue
		}
		compare(metric+" of "+state, got, ended[state])
	}
	compare("counterpunch_netsuite_calls_total", total("counterpunch_netsuite_calls_total"), e.Books.TotalCalls)
	slices.Sort(wrong)
	return wrong
}

// answeredAll reports whether every request was answered with 200, so that intake and supplier must agree on each.
func (e Evidence) answeredAll() bool {
	n := 0
	for _, answers := range e.Answers {
		n += answers
	}
	return n == e.Posts
}

// kindLabels are the kinds as metrics name them.
func kindLabels() map[string]string {
	return map[string]string{kindConfirmation: "order-confirmation", kindShipment: "ship-notice", kindInvoice: "invoice"}
}
