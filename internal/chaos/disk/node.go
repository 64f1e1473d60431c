//go:build linux

package disk

import (
	"context"
	"slices"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// node is a file or a folder. Contents are guarded by the tree's lock; who is whose child is go-fuse's.
type node struct {
	fs.Inode
	tree   *tree
	mode   uint32 // permissions
	now    []byte // what programs read
	synced []byte // what a loss of power leaves
	dirty  int    // now and synced are the same up to here
}

// handle is an open file.
type handle struct{ sync bool } // every write waits for the disk

func open(flags uint32) *handle { return &handle{sync: flags&(syscall.O_SYNC|syscall.O_DSYNC) != 0} }

// touch notes a change at an offset. The lock is held.
func (n *node) touch(offset int) { n.dirty = min(n.dirty, offset) }

// flush makes the file's content durable. The lock is held.
func (n *node) flush() {
	n.synced = append(n.synced[:min(n.dirty, len(n.synced))], n.now[min(n.dirty, len(n.now)):]...)
	n.dirty = len(n.now)
}

func (n *node) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	if why := n.tree.readOnly(); why != 0 && flags&syscall.O_ACCMODE != syscall.O_RDONLY {
		return nil, 0, why
	}
	return open(flags), fuse.FOPEN_DIRECT_IO, 0
}

func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	if why := n.tree.refusal(); why != 0 {
		return nil, nil, 0, why
	}
	child := &node{tree: n.tree, mode: mode & 0o777}
	out.Mode = syscall.S_IFREG | child.mode
	return n.NewPersistentInode(ctx, child, fs.StableAttr{Mode: syscall.S_IFREG}), open(flags), fuse.FOPEN_DIRECT_IO, 0
}

func (n *node) Mkdir(ctx context.Context, _ string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if why := n.tree.refusal(); why != 0 {
		return nil, why
	}
	child := &node{tree: n.tree, mode: mode & 0o777}
	out.Mode = syscall.S_IFDIR | child.mode
	return n.NewPersistentInode(ctx, child, fs.StableAttr{Mode: syscall.S_IFDIR}), 0
}

// Unlink, Rmdir and Rename only have to allow it: go-fuse keeps the tree.
func (n *node) Unlink(context.Context, string) syscall.Errno { return n.tree.readOnly() }

func (n *node) Rmdir(_ context.Context, name string) syscall.Errno {
	if child := n.GetChild(name); child != nil && len(child.Children()) > 0 {
		return syscall.ENOTEMPTY
	}
	return n.tree.readOnly()
}

func (n *node) Rename(context.Context, string, fs.InodeEmbedder, string, uint32) syscall.Errno {
	return n.tree.readOnly()
}

func (n *node) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	n.tree.mu.Lock()
	defer n.tree.mu.Unlock()
	out.Mode, out.Size = n.mode, uint64(len(n.now))
	return 0
}

func (n *node) Setattr(ctx context.Context, f fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	if why := n.tree.readOnly(); why != 0 {
		return why
	}
	n.tree.mu.Lock()
	if size, ok := in.GetSize(); ok {
		n.touch(int(size))
		n.now = append(n.now[:min(int(size), len(n.now))], make([]byte, max(0, int(size)-len(n.now)))...)
	}
	if mode, ok := in.GetMode(); ok {
		n.mode = mode & 0o777
	}
	n.tree.mu.Unlock()
	return n.Getattr(ctx, f, out)
}

func (n *node) Read(_ context.Context, _ fs.FileHandle, dest []byte, offset int64) (fuse.ReadResult, syscall.Errno) {
	n.tree.mu.Lock()
	defer n.tree.mu.Unlock()
	from := min(int(offset), len(n.now))
	return fuse.ReadResultData(slices.Clone(n.now[from:min(from+len(dest), len(n.now))])), 0
}

func (n *node) Write(ctx context.Context, f fs.FileHandle, data []byte, offset int64) (uint32, syscall.Errno) {
	n.tree.mu.Lock()
	fits, why := n.tree.room(len(data))
	if data = data[:fits]; fits == 0 && why != 0 {
		n.tree.mu.Unlock()
		return 0, why
	}
	end := int(offset) + len(data)
	n.touch(min(int(offset), len(n.now)))
	if grow := end - len(n.now); grow > 0 {
		n.now = append(n.now, make([]byte, grow)...)
	}
	copy(n.now[offset:], data)
	n.tree.mu.Unlock()
	if h, ok := f.(*handle); ok && h.sync {
		return uint32(len(data)), n.Fsync(ctx, f, 0)
	}
	return uint32(len(data)), 0
}

// Fsync makes the content durable and, as a journal does that is written in order, every change of names before it.
func (n *node) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	n.tree.mu.Lock()
	defer n.tree.mu.Unlock()
	n.flush()
	n.tree.commit()
	return 0
}

func (n *node) Flush(context.Context, fs.FileHandle) syscall.Errno { return 0 }

func (n *node) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	out.Bsize, out.Blocks = 4096, 1<<20
	if n.tree.refusal() != syscall.ENOSPC {
		out.Bfree, out.Bavail = out.Blocks, out.Blocks
	}
	return 0
}
