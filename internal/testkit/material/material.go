// Package material finds what tests use and the project does not contain: real documents, the official cXML DTDs, and
// programs of other people's making that serve as witnesses. A test that needs what is not there is skipped and says so.
package material

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// folder is one of test material: the one that a variable names, else one below a folder "shared" above the package.
type folder struct{ variable, path string }

var (
	corpus = folder{"COUNTERPUNCH_CORPUS", "corpus"}
	dtd    = folder{"COUNTERPUNCH_DTD", filepath.Join("dtd", "1.2.069")}
)

// FindCorpus returns the folder of real documents, *.xml in one folder a kind; "" when there is none.
func FindCorpus() string { return corpus.find() }

// FindDTD returns the folder of the official DTDs of cXML 1.2.069: cXML.dtd, Fulfill.dtd and InvoiceDetail.dtd; "" when there
// is none.
func FindDTD() string { return dtd.find() }

// Corpus is FindCorpus for a test that needs it.
func Corpus(t testing.TB) string {
	t.Helper()
	return corpus.need(t)
}

// DTD is FindDTD for a test that needs them.
func DTD(t testing.TB) string {
	t.Helper()
	return dtd.need(t)
}

// CorpusFiles returns the paths of the real documents, for a test that needs them.
func CorpusFiles(t testing.TB) []string {
	t.Helper()
	dir := Corpus(t)
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.xml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no documents below %s: %v", dir, err)
	}
	return files
}

// Program returns the path of a program that a test needs.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("skipped: %s is not installed", name)
	}
	return path
}

func (f folder) find() string {
	if dir := os.Getenv(f.variable); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		candidate := filepath.Join(dir, "shared", f.path)
		if _, err := os.Stat(candidate); err == nil {
			return candidate
		}
		if filepath.Dir(dir) == dir {
			return ""
		}
		dir = filepath.Dir(dir)
	}
}

func (f folder) need(t testing.TB) string {
	t.Helper()
	dir := f.find()
	if dir == "" {
		t.Skipf("skipped: there is no shared/%s above the package, and %s is not set", f.path, f.variable)
	}
	return dir
}
