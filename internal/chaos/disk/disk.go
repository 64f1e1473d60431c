//go:build linux

// Package disk is a file system, mounted through FUSE, that forgets in a loss of power what was not flushed: the worst that
// an ordered, journalling file system such as ext4 or XFS allows. Written data is gone unless the file was flushed after it
// (fsync, fdatasync, or opened with O_SYNC). Names, renames and removals become durable together, in their order, with
// the next flush of anything. It lives in memory and is for tests.
package disk

import (
	"fmt"
	"path"
	"sync"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// Disk is a mounted file system.
type Disk struct {
	server *fuse.Server
	root   *node

	mu    sync.Mutex
	names map[string]*node // durable files, by path; a nil node is a folder
}

// Image is what a disk holds: the content of each file by its path, and nil for a folder.
type Image map[string][]byte

// Mount mounts a disk with this content at the folder dir. It takes a Linux with FUSE and the rights to mount.
func Mount(dir string, content Image) (*Disk, error) {
	d := &Disk{}
	d.root = &node{disk: d, mode: 0o700}
	root := &fs.Options{
		OnAdd:        d.fill(content),
		MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: "forgetful", Name: "forgetful"},
	}
	var err error
	if d.server, err = fs.Mount(dir, d.root, root); err != nil {
		return nil, fmt.Errorf("mount a forgetful disk at %s: %w", dir, err)
	}
	return d, nil
}

// Unmount takes the disk away. No file of it may be open.
func (d *Disk) Unmount() error {
	if err := d.server.Unmount(); err != nil {
		return fmt.Errorf("unmount the forgetful disk: %w", err)
	}
	d.server.Wait()
	return nil
}

// Survivors is what the disk would hold if the power were lost now.
func (d *Disk) Survivors() Image {
	d.mu.Lock()
	defer d.mu.Unlock()
	image := Image{}
	for name, n := range d.names {
		if n == nil {
			image[name] = nil
			continue
		}
		image[name] = append([]byte{}, n.synced...)
	}
	return image
}

// commit makes the present names durable. The lock is held.
func (d *Disk) commit() {
	d.names = map[string]*node{}
	d.walk(d.root, "")
}

func (d *Disk) walk(folder *node, prefix string) {
	for name, child := range folder.Children() {
		n, ok := child.Operations().(*node)
		switch name := path.Join(prefix, name); {
		case !ok:
		case child.IsDir():
			d.names[name] = nil
			d.walk(n, name)
		default:
			d.names[name] = n
		}
	}
}
