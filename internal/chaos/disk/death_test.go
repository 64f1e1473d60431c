//go:build linux

package disk_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"counterpunch/internal/chaos/disk"
	"counterpunch/internal/testkit/wait"
)

// victim is set for the process that is killed while it writes.
const victim = "COUNTERPUNCH_DISK_VICTIM"

func mounted(t *testing.T, dir string) bool {
	t.Helper()
	mounts, err := os.ReadFile("/proc/mounts")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(mounts), " "+dir+" ")
}

// writeForEver writes and flushes until this process, or that of the disk, is killed.
func writeForEver(dir string) error {
	f, err := os.Create(filepath.Join(dir, "written"))
	if err != nil {
		return err
	}
	defer f.Close()
	for {
		if _, err := f.WriteString("more"); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
	}
}

// A test that is killed, or ended by its time limit, can be in the middle of a write to a disk of its own.
func TestAKilledProgramLeavesNoDiskBehind(t *testing.T) {
	if dir := os.Getenv(victim); dir != "" {
		d, err := disk.Mount(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		os.Stdout.WriteString("disk " + strconv.Itoa(d.PID()) + "\n")
		t.Fatal(writeForEver(dir))
	}
	mount(t, nil) // or skip
	dir := t.TempDir()
	program := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	program.Env = append(os.Environ(), victim+"="+dir)
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	pid := ""
	for lines := bufio.NewScanner(out); pid == "" && lines.Scan(); {
		_, pid, _ = strings.Cut(lines.Text(), "disk ")
	}
	written := filepath.Join(dir, "written")
	wait.Until(t.Context(), t, "the program writes", func() bool { i, err := os.Stat(written); return err == nil && i.Size() > 1000 })
	if err := program.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = program.Wait() // it was killed
	wait.Until(t.Context(), t, "the mount is gone", func() bool { return !mounted(t, dir) })
	wait.Until(t.Context(), t, "the process of the disk has ended", func() bool { _, err := os.Stat("/proc/" + pid); return os.IsNotExist(err) })
}

func TestADiskWhoseProcessIsKilledFailsItsProgram(t *testing.T) {
	mount(t, nil) // or skip
	dir := t.TempDir()
	d, err := disk.Mount(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	go func() { failed <- writeForEver(dir) }()
	wait.Until(t.Context(), t, "the first write is there", func() bool { _, err := os.Stat(filepath.Join(dir, "written")); return err == nil })
	process, err := os.FindProcess(d.PID())
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err == nil {
		t.Error("a write to a disk that is gone succeeds")
	}
	if err := d.Unmount(); err == nil {
		t.Error("nothing is said about the end of the process")
	}
	if mounted(t, dir) {
		t.Error("the dead disk is still mounted")
	}
}
