//go:build linux

package disk

import (
	"fmt"
	"net/rpc"
	"os"
	"syscall"
	"time"
)

const (
	// environment is set in the process that serves a disk.
	environment = "COUNTERPUNCH_DISK_PROCESS"
	service     = "Disk"
)

// Main serves a disk and ends the process, where the process was started by Mount; elsewhere it does nothing. A program
// that mounts disks calls it before anything else.
func Main() {
	if os.Getenv(environment) == "" {
		return
	}
	d := &served{}
	server := rpc.NewServer()
	if err := server.RegisterName(service, d); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server.ServeConn(pipes{os.Stdin, os.Stdout}) // until the program that mounted it closes the pipe or is gone
	d.abandon()
	os.Exit(0)
}

// served is the disk in its process.
type served struct {
	dir  string
	tree *tree // nil: nothing is mounted
}

// Mounting is what Mount is asked for.
type Mounting struct {
	Dir     string
	Content Image
}

// Mount, Break, Survivors and Unmount are those of Disk.
func (s *served) Mount(m Mounting, _ *struct{}) (err error) {
	s.dir = m.Dir
	s.tree, err = mountTree(m.Dir, m.Content)
	return err
}

func (s *served) Break(f Fault, _ *struct{}) error {
	s.tree.breakWith(f)
	return nil
}

func (s *served) Survivors(_ struct{}, image *Image) error {
	*image = s.tree.survivors()
	return nil
}

func (s *served) Unmount(_ struct{}, _ *struct{}) error {
	if err := s.tree.server.Unmount(); err != nil {
		return fmt.Errorf("unmount: %w", err)
	}
	s.tree.server.Wait()
	s.tree = nil
	return nil
}

// farewell is how long a disk whose program is gone goes on answering those that still have files of it open.
const farewell = 2 * time.Second

// abandon takes the disk away from whoever still uses it. Their calls fail when this process ends.
func (s *served) abandon() {
	if s.tree == nil {
		return
	}
	if err := syscall.Unmount(s.dir, syscall.MNT_DETACH); err != nil {
		fmt.Fprintf(os.Stderr, "forgetful disk: detach %s: %v\n", s.dir, err)
	}
	gone := make(chan struct{})
	go func() {
		s.tree.server.Wait()
		close(gone)
	}()
	select {
	case <-gone:
	case <-time.After(farewell):
	}
}
