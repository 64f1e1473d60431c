package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"counterpunch/fixtures"
	"counterpunch/internal/reason"
)

// Report is what became of the documents of a demonstration. Its JSON form is a contract: fields may be added.
type Report struct {
	Documents []Result `json:"documents"`
	Totals    Totals   `json:"totals"`
	OK        bool     `json:"ok"` // every document ended as expected
}

// Result is what became of one document.
type Result struct {
	File       string      `json:"file"`
	Title      string      `json:"title"`
	Kind       string      `json:"kind"`
	Code       int         `json:"code"` // of the cXML answer
	ID         string      `json:"id"`
	State      string      `json:"state"`
	Reason     reason.Code `json:"reason"`
	Effects    []string    `json:"effects"` // in NetSuite, by the simulator's books
	Calls      int         `json:"calls"`   // to NetSuite
	Unexpected []string    `json:"unexpected,omitempty"`
}

// Totals sum a Report up.
type Totals struct {
	Documents  int            `json:"documents"`
	Unexpected int            `json:"unexpected"`
	Codes      map[int]int    `json:"codes"`
	States     map[string]int `json:"states"`
	Effects    int            `json:"effects"`
	Calls      int            `json:"calls"`
	Seconds    float64        `json:"seconds"`
}

// restTimeout bounds the wait for one document of the demonstration.
const restTimeout = 60 * time.Second

// Run posts the fixtures one after the other, waits for each to come to rest and compares it with what is expected.
// progress is called before each.
func (w *World) Run(ctx context.Context, all []fixtures.Fixture, progress func(fixtures.Fixture)) (Report, error) {
	started := time.Now()
	report := Report{Totals: Totals{Codes: map[int]int{}, States: map[string]int{}}, OK: true}
	for _, f := range all {
		progress(f)
		r, err := w.runOne(ctx, f)
		if err != nil {
			return report, fmt.Errorf("%s: %w", f.File, err)
		}
		report.add(r)
	}
	report.Totals.Seconds = time.Since(started).Seconds()
	return report, nil
}

func (w *World) runOne(ctx context.Context, f fixtures.Fixture) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, restTimeout)
	defer cancel()
	mark, calls := w.NetSuite.Mark(), w.NetSuite.Books().TotalCalls
	answer, err := w.Post(ctx, f.ContentType, f.Body)
	if err != nil {
		return Result{}, err
	}
	r := Result{File: f.File, Title: f.Title, Kind: string(f.Kind), Code: answer.Code, ID: answer.ID}
	if answer.ID != "" {
		st, err := w.Rest(ctx, answer.ID)
		if err != nil {
			return r, err
		}
		r.State, r.Reason = string(st.State), st.Reason
	}
	r.Effects = slices.DeleteFunc(w.NetSuite.Effects(mark), func(e string) bool { return e == "" })
	r.Calls = w.NetSuite.Books().TotalCalls - calls
	r.Unexpected = Compare(f, r)
	return r, nil
}

func (r *Report) add(one Result) {
	r.Documents = append(r.Documents, one)
	t := &r.Totals
	t.Documents++
	t.Codes[one.Code]++
	if one.State != "" {
		t.States[one.State]++
	}
	t.Effects += len(one.Effects)
	t.Calls += one.Calls
	if len(one.Unexpected) > 0 {
		t.Unexpected++
		r.OK = false
	}
}

// Compare says in what a result differs from what the fixture expects.
func Compare(f fixtures.Fixture, r Result) []string {
	var found []string
	differs := func(what string, want, got any) {
		found = append(found, fmt.Sprintf("%s: want %v, got %v", what, want, got))
	}
	if r.Code != f.Answer.Code {
		differs("answer", f.Answer.Code, r.Code)
	}
	if r.State != f.State {
		differs("state", f.State, r.State)
	}
	if r.Reason != f.Reason {
		differs("reason", f.Reason, r.Reason)
	}
	if f.Calls != nil && r.Calls != *f.Calls {
		differs("calls", *f.Calls, r.Calls)
	}
	for _, e := range f.Effects {
		if !slices.Contains(r.Effects, e) {
			differs("effect", e, "none")
		}
	}
	for _, e := range r.Effects {
		if !slices.Contains(f.Effects, e) {
			differs("effect", "none", e)
		}
	}
	return found
}
