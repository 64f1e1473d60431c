package chaos

import "slices"

// Sort is what a finding is about.
type Sort string

// The sorts of findings, with the invariant that they break.
const (
	Lost     Sort = "lost"      // a receipt without its effect (I1)
	Unended  Sort = "unended"   // a receipt with no outcome, or with several (I1)
	Twice    Sort = "twice"     // more than one bill for an invoice, or one that belongs to none (I2)
	Wrong    Sort = "wrong"     // an order or a bill that does not show what its documents say (I3)
	Overlap  Sort = "overlap"   // two changes of one order at the same time (I3)
	Letters  Sort = "letters"   // dead letters that do not add up (I4)
	Counted  Sort = "counted"   // an attempt that was counted while the breaker was open (I5)
	Growth   Sort = "growth"    // goroutines, file descriptors or memory that grow (I6)
	Secret   Sort = "secret"    // a secret in a log, a metric, a view or a store (I7)
	Metrics  Sort = "metrics"   // metrics that say otherwise than the books (I8)
	Unsound  Sort = "unsound"   // books with what must never be there, by the simulator's own audit
	False200 Sort = "false 200" // a document that was answered with 200 and is not in the intake journal
	Other    Sort = "other"     // documents refused, dead-lettered or not at rest, failed logins
)

// Finding is one thing that the judge found wrong, as a sentence.
type Finding struct {
	Sort Sort
	Text string
}

func (f Finding) String() string { return string(f.Sort) + ": " + f.Text }

// Findings are what the judge found wrong. None is as it must be.
type Findings []Finding

// Add adds findings of one sort.
func (f *Findings) Add(sort Sort, texts ...string) {
	for _, t := range texts {
		*f = append(*f, Finding{sort, t})
	}
}

// Count returns how many findings are of one of the sorts.
func (f Findings) Count(sorts ...Sort) int {
	n := 0
	for _, one := range f {
		if slices.Contains(sorts, one.Sort) {
			n++
		}
	}
	return n
}
