package netsuite

import (
	"errors"
	"slices"
	"testing"
)

func TestWindowGivesExactlyItsRows(t *testing.T) {
	for _, total := range []int{0, 1, 999, 1000, 1001, 2500} {
		all := make([]int, total)
		for i := range all {
			all[i] = i
		}
		for _, w := range []Window{
			{}, {Offset: 1}, {Offset: 999}, {Offset: 1000}, {Offset: 1500}, {Offset: 9000}, {Limit: 1}, {Limit: 999}, {Limit: 1000}, {Limit: 1001},
			{Limit: 2000}, {Offset: 3, Limit: 5}, {Offset: 10, Limit: 5}, {Offset: 999, Limit: 2}, {Offset: 1000, Limit: 1000}, {Offset: 1200, Limit: 1100},
		} {
			var got []int
			calls := 0
			for p, err := range pages(w, func(limit, offset int) (part[int], error) {
				calls++
				if limit > pageRows || offset%limit != 0 {
					t.Errorf("%+v of %d: NetSuite would refuse limit %d, offset %d", w, total, limit, offset)
				}
				from, to := min(offset, total), min(offset+limit, total)
				return part[int]{rows: slices.Clone(all[from:to]), total: total, more: to < total}, nil
			}) {
				if err != nil || p.total != total {
					t.Fatalf("%+v of %d: %+v, %v", w, total, p, err)
				}
				got = append(got, p.rows...)
			}
			end := total
			if w.Limit > 0 {
				end = min(end, w.Offset+w.Limit)
			}
			if want := all[min(w.Offset, end):end]; !slices.Equal(got, want) {
				t.Errorf("%+v of %d: got %d rows, want %d", w, total, len(got), len(want))
			}
			if most := max(1, (end-w.Offset+pageRows-1)/pageRows+1); calls > most {
				t.Errorf("%+v of %d took %d calls", w, total, calls)
			}
		}
	}
}

func TestWindowEndsWithTheFirstErrorAndWithNothing(t *testing.T) {
	broken := errors.New("broken")
	calls, seen := 0, 0
	for _, err := range pages(Window{}, func(int, int) (part[int], error) {
		if calls++; calls == 3 {
			return part[int]{}, broken
		}
		return part[int]{rows: []int{1}, more: true}, nil
	}) {
		if seen++; seen == 3 && !errors.Is(err, broken) {
			t.Errorf("third page: %v", err)
		}
	}
	if calls != 3 || seen != 3 {
		t.Errorf("%d calls, %d pages", calls, seen)
	}
	calls = 0
	for range pages(Window{}, func(int, int) (part[int], error) { calls++; return part[int]{more: true}, nil }) {
	}
	if calls != 1 {
		t.Errorf("an answer without rows that promises more led to %d calls", calls)
	}
}
