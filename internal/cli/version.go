package cli

import (
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"counterpunch/internal/app"
)

// shownVersion is the JSON of version. Libraries holds those whose version matters to who reads a report of a fault.
type shownVersion struct {
	Version   string            `json:"version"`
	Libraries map[string]string `json:"libraries"`
}

func newVersion() *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use: "version", Short: "Print the version, the commit and the versions of what matters inside", Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			v := shownVersion{Version: app.BuildVersion(), Libraries: libraries()}
			return out.show(cmd, v, v.print)
		},
	}
	out.flag(cmd)
	return cmd
}

func (v shownVersion) print(w io.Writer) {
	var f facts
	f.add("counterpunch", v.Version)
	for _, path := range shownLibraries() {
		f.add(path, v.Libraries[path])
	}
	f.render(w, 0)
}

func shownLibraries() []string {
	return []string{"github.com/nats-io/nats.go", "github.com/nats-io/nats-server/v2", "github.com/cloudevents/sdk-go/v2", "github.com/dghubble/oauth1"}
}

func libraries() map[string]string {
	found := map[string]string{}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return found
	}
	all := map[string]string{}
	for _, m := range info.Deps {
		all[m.Path] = m.Version
	}
	for _, path := range shownLibraries() {
		if v := all[path]; v != "" {
			found[path] = v
		}
	}
	return found
}
