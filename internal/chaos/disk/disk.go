//go:build linux

// Package disk is a file system, mounted through FUSE, that forgets in a loss of power what was not flushed: the worst that
// an ordered, journalling file system such as ext4 or XFS allows. Written data is gone unless the file was flushed after it
// (fsync, fdatasync, or opened with O_SYNC). Names, renames and removals become durable together, in their order, with
// the next flush of anything. It can also be full, or refuse every change. It lives in memory and is for tests.
//
// A process of its own serves it: a program that dies while it waits for a file system which it serves itself waits for
// ever, and cannot be killed. That process ends with the program, however the program ends, and takes the mount with it.
package disk

import (
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"os"
	"os/exec"
	"syscall"
)

// name is what /proc/mounts calls such disks.
const name = "forgetful"

// Image is what a disk holds: the content of each file by its path. The path of a folder ends with a slash.
type Image map[string]string

// Fault is what is wrong with a disk; the zero value: nothing.
type Fault struct {
	// Refuse is what programs get that want to change something: syscall.ENOSPC on a full disk, syscall.EROFS on one that
	// the system has made read-only.
	Refuse syscall.Errno
	// Room is how many bytes can be written before that: a disk gets full in the middle of a write.
	Room int
}

// Disk is a mounted file system.
type Disk struct {
	dir     string
	process *exec.Cmd
	client  *rpc.Client
}

// Mount mounts a disk with this content at the folder dir. It takes a Linux with FUSE, the rights to mount, and a program
// that calls Main first.
func Mount(dir string, content Image) (*Disk, error) {
	d := &Disk{dir: dir}
	if err := d.start(); err != nil {
		return nil, fmt.Errorf("start the process of a forgetful disk: %w", err)
	}
	if err := d.call("Mount", Mounting{Dir: dir, Content: content}, &struct{}{}); err != nil {
		return nil, errors.Join(err, d.end())
	}
	return d, nil
}

// start starts this program again as the process of the disk.
func (d *Disk) start() error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	d.process = exec.Command(program)
	d.process.Env = append(os.Environ(), environment+"=1")
	d.process.Stderr = os.Stderr
	d.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what interrupts the program leaves it time to unmount
	in, err := d.process.StdinPipe()
	if err != nil {
		return err
	}
	out, err := d.process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := d.process.Start(); err != nil {
		return err
	}
	d.client = rpc.NewClient(pipes{out, in})
	return nil
}

// Break makes the disk fail from now on; Fault{} mends it.
func (d *Disk) Break(f Fault) error { return d.call("Break", f, &struct{}{}) }

// Survivors is what the disk would hold if the power were lost now.
func (d *Disk) Survivors() (Image, error) {
	var image Image
	return image, d.call("Survivors", struct{}{}, &image)
}

// PID is the id of the process that serves the disk.
func (d *Disk) PID() int { return d.process.Process.Pid }

// Unmount takes the disk away. No file of it may be open. Whatever goes wrong, nothing is left mounted.
func (d *Disk) Unmount() error {
	return errors.Join(d.call("Unmount", struct{}{}, &struct{}{}), d.end())
}

func (d *Disk) call(method string, argument, result any) error {
	if err := d.client.Call(service+"."+method, argument, result); err != nil {
		return fmt.Errorf("forgetful disk at %s: %w", d.dir, err)
	}
	return nil
}

// end ends the process. A process that was killed has left its mount behind.
func (d *Disk) end() error {
	err := d.client.Close()
	if errors.Is(err, rpc.ErrShutdown) { // the process is gone
		err = nil
	}
	err = errors.Join(err, d.process.Wait())
	if detached := syscall.Unmount(d.dir, syscall.MNT_DETACH); detached != nil && !errors.Is(detached, syscall.EINVAL) { // EINVAL: nothing is mounted
		err = errors.Join(err, detached)
	}
	return err
}

// pipes are the two ends of a conversation.
type pipes struct {
	io.Reader
	io.WriteCloser
}
