package app

import (
	"runtime/debug"
	"testing"
)

func TestVersionSaysWhichBuildItIs(t *testing.T) {
	settings := []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef0123"}, {Key: "vcs.time", Value: "2026-11-21T10:00:00Z"},
		{Key: "vcs.modified", Value: "true"}, {Key: "GOOS", Value: "linux"}, {Key: "GOARCH", Value: "amd64"},
	}
	for _, tt := range []struct {
		name, version, want string
		settings            []debug.BuildSetting
	}{
		{"a release", "v1.2.3", "v1.2.3 go1.26 linux/amd64", settings[3:]},
		{"from a checkout", "", "(devel) commit 0123456789ab of 2026-11-21T10:00:00Z with local changes go1.26 linux/amd64", settings},
		{"a version made up of the commit", "v0.0.0-20261121-0123456789ab+dirty", "v0.0.0-20261121-0123456789ab+dirty of 2026-11-21T10:00:00Z go1.26 linux/amd64", settings},
	} {
		info := &debug.BuildInfo{GoVersion: "go1.26", Main: debug.Module{Version: tt.version}, Settings: tt.settings}
		if got := describe(info); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
