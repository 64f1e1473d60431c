//go:build linux

package disk

import (
	"fmt"
	"path"
	"sync"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// tree is the file system itself, as the process holds it that serves it.
type tree struct {
	server *fuse.Server
	root   *node

	mu    sync.Mutex
	fault Fault
	names map[string]*node // durable files, by path; folders end with a slash
}

func mountTree(dir string, content Image) (*tree, error) {
	t := &tree{}
	t.root = &node{tree: t, mode: 0o700}
	root := &fs.Options{
		OnAdd:        t.fill(content),
		MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: name, Name: name},
	}
	var err error
	if t.server, err = fs.Mount(dir, t.root, root); err != nil {
		return nil, fmt.Errorf("mount a forgetful disk at %s: %w", dir, err)
	}
	return t, nil
}

func (t *tree) breakWith(f Fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fault = f
}

// refusal is what a program gets that makes something new.
func (t *tree) refusal() syscall.Errno {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.fault.Refuse
}

// readOnly is what a program gets that changes what is there: from a full disk things can be removed.
func (t *tree) readOnly() syscall.Errno {
	if why := t.refusal(); why != syscall.ENOSPC {
		return why
	}
	return 0
}

// room is how many of so many bytes can still be written, and with which error the rest fails. The lock is held.
func (t *tree) room(bytes int) (int, syscall.Errno) {
	if t.fault.Refuse == 0 {
		return bytes, 0
	}
	fits := min(bytes, t.fault.Room)
	t.fault.Room -= fits
	return fits, t.fault.Refuse
}

// survivors is what the disk would hold if the power were lost now.
func (t *tree) survivors() Image {
	t.mu.Lock()
	defer t.mu.Unlock()
	image := Image{}
	for name, n := range t.names {
		image[name] = string(n.synced)
	}
	return image
}

// commit makes the present names durable. The lock is held.
func (t *tree) commit() {
	t.names = map[string]*node{}
	t.walk(t.root, "")
}

func (t *tree) walk(folder *node, prefix string) {
	for name, child := range folder.Children() {
		n, ok := child.Operations().(*node)
		switch name := path.Join(prefix, name); {
		case !ok:
		case child.IsDir():
			t.names[name+"/"] = n
			t.walk(n, name)
		default:
			t.names[name] = n
		}
	}
}
