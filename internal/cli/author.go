package cli

import (
	"cmp"
	"os"
	"os/user"

	"github.com/spf13/cobra"
)

// author says who does something. Nothing proves the name: it is what the history shows.
type author struct {
	given string
}

func (a *author) flag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.given, "author", "", "`name` of who does it, for the history; else that of the operating system's user")
}

func (a *author) name() string { return cmp.Or(a.given, actor()) }

// actor returns the operating system's user: who called sudo rather than root.
func actor() string {
	if name := os.Getenv("SUDO_USER"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "unknown"
}
