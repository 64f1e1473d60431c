//go:build linux

package disk

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fs"
)

// fill puts the content into a new disk, all of it durable.
func (t *tree) fill(content Image) func(context.Context) {
	return func(ctx context.Context) {
		for _, name := range slices.Sorted(maps.Keys(content)) {
			folder := &t.root.Inode
			dir, base := path.Split(name)
			for part := range strings.FieldsFuncSeq(dir, func(r rune) bool { return r == '/' }) {
				folder = t.child(ctx, folder, part, &node{tree: t, mode: 0o700}, syscall.S_IFDIR)
			}
			if base != "" {
				data := content[name]
				t.child(ctx, folder, base, &node{tree: t, mode: 0o600, now: []byte(data), synced: []byte(data), dirty: len(data)}, syscall.S_IFREG)
			}
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.commit()
	}
}

// child returns the child of that name, which is made of n when it is not there.
func (t *tree) child(ctx context.Context, folder *fs.Inode, name string, n *node, kind uint32) *fs.Inode {
	if c := folder.GetChild(name); c != nil {
		return c
	}
	c := folder.NewPersistentInode(ctx, n, fs.StableAttr{Mode: kind})
	folder.AddChild(name, c, true)
	return c
}
