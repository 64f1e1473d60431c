package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/event"
)

func TestAttachmentsGetNamesThatAreSafe(t *testing.T) {
	for _, tt := range []struct{ name, mediaType, want string }{
		{"invoice.pdf", "", "invoice.pdf"},
		{"Rechnung Nr. 7.pdf", "", "Rechnung Nr. 7.pdf"},
		{"../../etc/passwd", "", "passwd"},
		{`C:\Users\x\y.pdf`, "", "y.pdf"},
		{"..", "application/pdf", "attachment-3.pdf"},
		{".bashrc", "", "bashrc"},
		{"-rf", "", "rf"},
		{"", "application/pdf", "attachment-3.pdf"},
		{"/", "no/such-type", "attachment-3"},
		{"a\x1b[31m\u202efdp.exe\n", "", "a_[31m_fdp.exe_"},
		{"CON: a|b?.txt", "", "CON_ a_b_.txt"},
		{"a\xff.txt", "", "a.txt"},
		{"a.txt. ", "", "a.txt"},
	} {
		if got := fileName(event.Attachment{Name: tt.name, MediaType: tt.mediaType}, 3); got != tt.want {
			t.Errorf("%q of type %q is saved as %q, want %q", tt.name, tt.mediaType, got, tt.want)
		}
	}
	long := fileName(event.Attachment{Name: strings.Repeat("ä", 300) + ".pdf"}, 1)
	if len(long) > 200 || !utf8.ValidString(long) || !strings.HasSuffix(long, "ä.pdf") {
		t.Errorf("a long name becomes %q, %d bytes", long, len(long))
	}
}

func TestAnAttachmentNeverTakesThePlaceOfAFile(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.WriteFile(filepath.Join(dir, "a.pdf"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	var got []string
	for _, name := range []string{"a.pdf", "a.pdf", "link", "b"} {
		name, err := saveNew(root, name, []byte("theirs"))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, name)
	}
	if diff := cmp.Diff([]string{"a-2.pdf", "a-3.pdf", "link-2", "b"}, got); diff != "" {
		t.Error(diff)
	}
	if mine, err := os.ReadFile(filepath.Join(dir, "a.pdf")); err != nil || string(mine) != "mine" {
		t.Errorf("the file that was there says %q, %v", mine, err)
	}
	if _, err := os.Stat(outside); err == nil {
		t.Error("a link led out of the folder")
	}
}
