package cli

import (
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
)

// pageBar shows how much of a long answer has been read, on a terminal only.
type pageBar struct {
	writer  progress.Writer
	tracker *progress.Tracker
	done    chan struct{}
}

// newProgress returns a bar that appears with the first rows.
func newProgress(w io.Writer, what string) *pageBar {
	if !isTerminal(w) {
		return &pageBar{}
	}
	p := &pageBar{writer: progress.NewWriter(), tracker: &progress.Tracker{Message: what}}
	p.writer.SetOutputWriter(w)
	p.writer.SetUpdateFrequency(50 * time.Millisecond)
	p.writer.SetAutoStop(false)
	p.writer.AppendTracker(p.tracker)
	return p
}

// at says how many rows of a total have been read. An answer of one page shows no bar.
func (p *pageBar) at(rows, total int) {
	if p.writer == nil || p.done == nil && rows >= total {
		return
	}
	p.tracker.UpdateTotal(int64(total))
	p.tracker.SetValue(int64(rows))
	if p.done == nil {
		p.done = make(chan struct{})
		go func() {
			defer close(p.done)
			p.writer.Render()
		}()
	}
}

// stop ends the bar. It may be called again.
func (p *pageBar) stop() {
	if p.done == nil {
		return
	}
	p.tracker.MarkAsDone()
	p.writer.Stop()
	<-p.done
	p.writer, p.done = nil, nil
}
