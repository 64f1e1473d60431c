package cli

import (
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
)

// progressBar shows how far a long command is, on a terminal only.
type progressBar struct {
	writer  progress.Writer
	tracker *progress.Tracker
	done    chan struct{}
}

// newProgress returns a bar that appears with the first step.
func newProgress(w io.Writer, what string) *progressBar {
	if !isTerminal(w) {
		return &progressBar{}
	}
	p := &progressBar{writer: progress.NewWriter(), tracker: &progress.Tracker{Message: what}}
	p.writer.SetOutputWriter(w)
	p.writer.SetUpdateFrequency(50 * time.Millisecond)
	p.writer.SetAutoStop(false)
	p.writer.AppendTracker(p.tracker)
	return p
}

// at says how many steps of a total have been done. What is done with the first shows no bar.
func (p *progressBar) at(steps, total int) {
	if p.writer == nil || p.done == nil && steps >= total {
		return
	}
	p.tracker.UpdateTotal(int64(total))
	p.tracker.SetValue(int64(steps))
	if p.done == nil {
		p.done = make(chan struct{})
		go func() {
			defer close(p.done)
			p.writer.Render()
		}()
	}
}

// say changes what stands beside the bar.
func (p *progressBar) say(what string) {
	if p.writer != nil {
		p.tracker.UpdateMessage(what)
	}
}

// stop ends the bar. It may be called again.
func (p *progressBar) stop() {
	if p.done == nil {
		return
	}
	p.tracker.MarkAsDone()
	p.writer.Stop()
	<-p.done
	p.writer, p.done = nil, nil
}
