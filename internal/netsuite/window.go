package netsuite

import "iter"

// Window is a part of a longer answer. NetSuite wants offsets that are a multiple of the page's size; a Window may begin
// anywhere.
type Window struct {
	Offset int // rows to leave out at the beginning
	Limit  int // rows at most; 0: all
}

// part is a page as NetSuite gives it.
type part[T any] struct {
	rows  []T
	total int
	more  bool
}

// pages reads a window in as few pages as there can be, in order. Rows outside of the window are cut off; total is what
// NetSuite says that there are without a window. It ends after the first error, or when the caller stops.
func pages[T any](w Window, read func(limit, offset int) (part[T], error)) iter.Seq2[part[T], error] {
	return func(yield func(part[T], error) bool) {
		size := pageRows
		if w.Limit > 0 && w.Limit < pageRows && w.Offset%w.Limit == 0 {
			size = w.Limit
		}
		at := w.Offset - w.Offset%size
		end := w.Offset + w.Limit
		for {
			p, err := read(size, at)
			if err != nil {
				yield(p, err)
				return
			}
			got := len(p.rows)
			if w.Limit > 0 && at+got > end {
				p.rows = p.rows[:max(0, end-at)]
			}
			p.rows = p.rows[min(len(p.rows), max(0, w.Offset-at)):]
			at += size
			// A page without rows that promises more would have the client ask for ever.
			last := !p.more || got == 0 || w.Limit > 0 && at >= end
			if !yield(p, nil) || last {
				return
			}
		}
	}
}
