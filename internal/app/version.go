package app

import (
	"runtime/debug"
	"strings"
)

// BuildVersion says which build this is, as the Go tool recorded it: version, commit and its time, Go version.
func BuildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown: built without module support"
	}
	return describe(info)
}

func describe(info *debug.BuildInfo) string {
	version := info.Main.Version
	if version == "" {
		version = "(devel)"
	}
	set := map[string]string{}
	for _, s := range info.Settings {
		set[s.Key] = s.Value
	}
	parts := []string{version}
	// A version that the Go tool made up carries the commit already.
	if revision := set["vcs.revision"]; revision != "" && !strings.Contains(version, revision[:min(12, len(revision))]) {
		parts = append(parts, "commit "+revision[:min(12, len(revision))])
	}
	if t := set["vcs.time"]; t != "" {
		parts = append(parts, "of "+t)
	}
	if set["vcs.modified"] == "true" && !strings.HasSuffix(version, "+dirty") {
		parts = append(parts, "with local changes")
	}
	return strings.Join(append(parts, info.GoVersion, set["GOOS"]+"/"+set["GOARCH"]), " ")
}
