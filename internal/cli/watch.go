package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// watch repeats a reading command until Ctrl-C.
type watch struct {
	on    bool
	every time.Duration
}

func (w *watch) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&w.on, "watch", "w", false, "show it again and again until Ctrl-C")
	cmd.Flags().DurationVar(&w.every, "every", 2*time.Second, "`duration` between two looks of --watch")
	before(cmd, func([]string) error {
		if w.every < shortestWatch {
			return usagef("--every %s: give %s or more", w.every, shortestWatch)
		}
		return nil
	})
}

// shortestWatch keeps people from asking a server without a pause.
const shortestWatch = 100 * time.Millisecond

// run calls show once, or again and again. On a terminal each look takes the place of the one before.
func (w *watch) run(cmd *cobra.Command, show func() error) error {
	if !w.on {
		return show()
	}
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	for {
		if isTerminal(cmd.OutOrStdout()) {
			fmt.Fprint(cmd.OutOrStdout(), "\x1b[H\x1b[2J")
		}
		if err := show(); err != nil && cmd.Context().Err() == nil {
			return err
		}
		select {
		case <-tick.C:
		case <-cmd.Context().Done():
			return nil
		}
	}
}
