//go:build linux

package disk_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"counterpunch/internal/chaos/disk"
)

func TestMain(m *testing.M) {
	disk.Main()
	serveNATS()
	goleak.VerifyTestMain(m)
}

// mount mounts a disk until the test ends, or skips the test where that cannot be done.
func mount(t *testing.T, content disk.Image) (*disk.Disk, string) {
	t.Helper()
	if _, err := os.Stat("/dev/fuse"); err != nil || os.Geteuid() != 0 {
		t.Skip("skipped: it mounts a file system, which takes root and /dev/fuse")
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

// survivors is what a loss of power would leave now.
func survivors(t *testing.T, d *disk.Disk) disk.Image {
	t.Helper()
	image, err := d.Survivors()
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func TestOnlyWhatWasFlushedSurvives(t *testing.T) {
	d, dir := mount(t, disk.Image{"kept": "from before"})
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
	if got := survivors(t, d); cmp.Diff(disk.Image{"kept": "from before", "a/": "", "a/flushed": "one", "a/unflushed": ""}, got) != "" {
		t.Errorf("%q", got)
	}
	always, err := os.OpenFile(at("a/always"), os.O_CREATE|os.O_WRONLY|os.O_SYNC, 0o600)
	do(err)
	write(always, "x")
	do(os.Rename(at("a/always"), at("moved")))
	do(os.Remove(at("kept")))
	write(always, "y") // with it the names
	do(always.Truncate(1))
	if got := survivors(t, d); cmp.Diff(disk.Image{"a/": "", "a/flushed": "one", "a/unflushed": "", "late": "", "moved": "xy"}, got) != "" {
		t.Errorf("%q", got)
	}
	do(always.Close())
	do(flushed.Close())
	if text, err := os.ReadFile(at("a/flushed")); err != nil || string(text) != "one two" {
		t.Errorf("a program reads %q, %v", text, err)
	}
}
func TestABrokenDiskRefusesChanges(t *testing.T) {
	d, dir := mount(t, disk.Image{"kept": "text", "old": ""})
	at := func(name string) string { return filepath.Join(dir, name) }
	kept, err := os.OpenFile(at("kept"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	for _, c := range []struct {
		fault   disk.Fault
		written int
		removal error
	}{
		{disk.Fault{Refuse: syscall.ENOSPC, Room: 3}, 3, nil},
		{disk.Fault{Refuse: syscall.EROFS}, 0, syscall.EROFS},
	} {
		if err := d.Break(c.fault); err != nil {
			t.Fatal(err)
		}
		if n, err := kept.WriteString(" more"); n != c.written || !errors.Is(err, c.fault.Refuse) {
			t.Errorf("%v: %d bytes are written, %v", c.fault.Refuse, n, err)
		}
		if err := os.Mkdir(at("new"), 0o700); !errors.Is(err, c.fault.Refuse) {
			t.Errorf("mkdir: %v", err)
		}
		if err := os.Remove(at("old")); !errors.Is(err, c.removal) && (err == nil) != (c.removal == nil) {
			t.Errorf("%v: remove: %v", c.fault.Refuse, err)
		}
	}
	if text, err := os.ReadFile(at("kept")); err != nil || string(text) != "text mo" {
		t.Errorf("read: %q, %v", text, err)
	}
	if err := d.Break(disk.Fault{}); err != nil {
		t.Fatal(err)
	}
	if _, err := kept.WriteString("re"); err != nil {
		t.Error(err)
	}
}
