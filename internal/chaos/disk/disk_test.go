//go:build linux

package disk_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"counterpunch/internal/chaos/disk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// mount mounts a disk until the test ends, or skips the test where that cannot be done.
func mount(t *testing.T, content disk.Image) (*disk.Disk, string) {
	t.Helper()
	if _, err := os.Stat("/dev/fuse"); err != nil || os.Geteuid() != 0 {
		t.Skip("only root can mount a file system, and only where there is FUSE")
	}
	dir := t.TempDir()
	d, err := disk.Mount(dir, content)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Unmount(); err != nil {
			t.Error(err)
		}
	})
	return d, dir
}

func TestOnlyWhatWasFlushedSurvives(t *testing.T) {
	d, dir := mount(t, disk.Image{"kept": []byte("from before")})
	at := func(name string) string { return filepath.Join(dir, name) }
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	do(os.Mkdir(at("a"), 0o700))
	flushed, err := os.Create(at("a/flushed"))
	do(err)
	write := func(f *os.File, text string) {
		t.Helper()
		_, err := f.WriteString(text)
		do(err)
	}
	write(flushed, "one")
	do(os.WriteFile(at("a/unflushed"), []byte("gone"), 0o600))
	do(flushed.Sync())
	write(flushed, " two")
	do(os.WriteFile(at("late"), []byte("never named"), 0o600))
	if got := d.Survivors(); cmp.Diff(disk.Image{"kept": []byte("from before"), "a": nil, "a/flushed": []byte("one"), "a/unflushed": {}}, got) != "" {
		t.Errorf("%q", got)
	}
	always, err := os.OpenFile(at("a/always"), os.O_CREATE|os.O_WRONLY|os.O_SYNC, 0o600)
	do(err)
	write(always, "x")
	do(os.Rename(at("a/always"), at("moved")))
	do(os.Remove(at("kept")))
	write(always, "y") // with it the names
	do(always.Truncate(1))
	if got := d.Survivors(); cmp.Diff(disk.Image{"a": nil, "a/flushed": []byte("one"), "a/unflushed": {}, "late": {}, "moved": []byte("xy")}, got) != "" {
		t.Errorf("%q", got)
	}
	do(always.Close())
	do(flushed.Close())
	if text, err := os.ReadFile(at("a/flushed")); err != nil || string(text) != "one two" {
		t.Errorf("a program reads %q, %v", text, err)
	}
}
