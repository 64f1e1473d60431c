package cluster_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"counterpunch/deploy/nats/cluster"
)

func TestCredentialsAreForTheirOwnerAndNeverWrittenOver(t *testing.T) {
	dir := t.TempDir()
	hosts := []string{"nats-1", "nats-2"}
	if err := cluster.WriteCredentials(dir, hosts); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		info, err := e.Info()
		if err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil || files != 7+4*len(hosts) {
		t.Errorf("%d files, %v", files, err)
	}
	if err := cluster.WriteCredentials(dir, hosts); err == nil || !strings.Contains(err.Error(), "empty folder") {
		t.Errorf("a second time: %v", err)
	}
	for _, host := range []string{"", "a/b", "users", "..", "a b"} {
		if err := cluster.WriteCredentials(t.TempDir(), []string{host}); err == nil {
			t.Errorf("host %q was taken", host)
		}
	}
}
