package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"counterpunch/internal/event"
	"counterpunch/internal/queue"
)

// shownAttachment is the JSON of one file of documents attachments.
type shownAttachment struct {
	event.Attachment
	File string `json:"file,omitempty"` // where it was saved
}

func newDocumentsAttachments() *cobra.Command {
	var s session
	var dir string
	cmd := &cobra.Command{
		Use: "attachments ID", Short: "List the files that came with a document, and save them", Args: exactly("ID"),
		Long: "List the files that came with a document, named by its id or its own number. With --save they are written into a\n" +
			"folder under the supplier's names, as far as those are safe. A file that is there is never overwritten: the new one\n" +
			"gets a number.",
		Example: "  counterpunch documents attachments INV-77\n  counterpunch documents attachments INV-77 --save invoices",
		RunE: s.onDocument(func(cmd *cobra.Command, id string) error {
			e, _, err := s.queue.Find(cmd.Context(), id)
			if err != nil {
				return fmt.Errorf("read document %s: %w", id, err)
			}
			all := []shownAttachment{}
			for _, a := range e.Data.Attachments {
				all = append(all, shownAttachment{Attachment: a})
			}
			if dir != "" {
				err = saveAttachments(cmd, s.queue, dir, all)
			}
			return errors.Join(printAttachments(cmd, &s.out, all), err)
		}),
	}
	s.flags(cmd)
	cmd.Flags().StringVar(&dir, "save", "", "`folder` to write the files into; it is made if it is missing")
	_ = cmd.MarkFlagDirname("save")
	before(cmd, func([]string) error {
		if cmd.Flags().Changed("save") && dir == "" {
			return usagef("--save is empty: give a folder to save the files in")
		}
		return nil
	})
	return cmd
}

func printAttachments(cmd *cobra.Command, out *output, all []shownAttachment) error {
	g := newGrid("name~", "type~", "bytes", "sha256~", "file~")
	for _, a := range all {
		g.add(cmp.Or(a.Name, a.ContentID), a.MediaType, fmt.Sprint(a.Size), a.SHA256, a.File)
	}
	if err := out.print(cmd, all, g); err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "no files came with the document")
	}
	return nil
}

// saveAttachments writes each file into the folder and notes where. One that cannot be had does not keep back the others.
func saveAttachments(cmd *cobra.Command, q *queue.Queue, dir string, all []shownAttachment) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of --save: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("open the folder of --save: %w", err)
	}
	defer root.Close()
	var errs []error
	for i := range all {
		a := &all[i]
		data, err := q.Object(cmd.Context(), a.Ref)
		if err == nil {
			a.File, err = saveNew(root, fileName(a.Attachment, i+1), data)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("save attachment %d, %q: %w", i+1, cmp.Or(a.Name, a.ContentID), err))
			continue
		}
		a.File = filepath.Join(dir, a.File)
	}
	if err := errors.Join(errs...); err != nil && len(errs) < len(all) {
		return partlyError{err}
	} else if err != nil {
		return err
	}
	return nil
}

// mostCopies bounds the numbers that are tried for a name that is taken.
const mostCopies = 1000

// saveNew writes a file that is not there yet and returns its name: the one wanted, or that with a number.
func saveNew(root *os.Root, name string, data []byte) (string, error) {
	stem, ext := strings.TrimSuffix(name, path.Ext(name)), path.Ext(name)
	for n := 1; n <= mostCopies; n++ {
		if n > 1 {
			name = fmt.Sprintf("%s-%d%s", stem, n, ext)
		}
		f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = f.Write(data)
		if err = errors.Join(err, f.Close()); err != nil {
			return "", errors.Join(err, root.Remove(name)) // half a file looks like a whole one
		}
		return name, nil
	}
	return "", fmt.Errorf("%q and its first %d numbers are taken in this folder", name, mostCopies)
}

// fileName returns a name that is safe in any folder and any shell's listing. The supplier chose the attachment's.
func fileName(a event.Attachment, number int) string {
	const most = 200 // bytes; file systems take 255, and a number may be added
	name := path.Base(strings.ReplaceAll(strings.ToValidUTF8(a.Name, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || strings.ContainsRune(`/<>:"|?*`, r) {
			return '_'
		}
		return r
	}, name)
	// A dot in front hides a file, a dash in front is an option to many programs, one behind is dropped by some systems.
	name = strings.TrimRight(strings.TrimLeft(name, ".- "), ". ")
	if name == "" || name == "_" {
		name = fmt.Sprintf("attachment-%d", number)
		if all, err := mime.ExtensionsByType(a.MediaType); err == nil && len(all) > 0 {
			name += all[0]
		}
	}
	if len(name) <= most {
		return name
	}
	ext := path.Ext(name)
	if len(ext) > 20 {
		ext = ""
	}
	cut := most - len(ext)
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + ext
}
