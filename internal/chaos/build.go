package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The programs that Build makes, by the names of their files.
const (
	ProgramNATS         = "nats-server"
	ProgramIngest       = "ingest"
	ProgramWorker       = "worker"
	ProgramCounterpunch = "counterpunch"
	// programFragile is the worker with one line more, see poison.go.
	programFragile = "fragile-worker"
)

// Build compiles the programs of a run into dir, as make build does, whose compiled packages serve here again. It needs the
// go command and the module as working directory.
func Build(ctx context.Context, dir string) error {
	overlay, err := fragileOverlay(ctx, dir)
	if err != nil {
		return err
	}
	// Given a folder, go names the programs after theirs.
	programs := []string{"counterpunch/cmd/ingest", "counterpunch/cmd/worker", "counterpunch/cmd/counterpunch", "github.com/nats-io/nats-server/v2"}
	if err := build(ctx, dir+string(filepath.Separator), programs...); err != nil {
		return err
	}
	return build(ctx, filepath.Join(dir, programFragile), "-overlay", overlay, "counterpunch/cmd/worker")
}

func build(ctx context.Context, out string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"build", "-trimpath", "-o", out}, args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(cmd.Args[1:], " "), err, bytes.TrimSpace(text))
	}
	return nil
}

// fragileHook is what the fragile worker has beside the sources of the worker.
const fragileHook = `package delivery

import (
	"os"
	"strings"
)

// meet fails as the payloadID of a document asks for: that is how a document is played that meets a fault of the worker.
func meet(payloadID string) {
	switch {
	case strings.HasSuffix(payloadID, "` + suffixPanic + `"):
		panic("met document " + payloadID)
	case strings.HasSuffix(payloadID, "` + suffixDeath + `"):
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Kill()
		}
		panic(err)
	}
}
`

// fragileAnchor is the line of internal/delivery/run.go after which the fragile worker meets its document.
const fragileAnchor = "func (r *run) do(ctx context.Context) (queue.Record, error) {\n"

// fragileOverlay writes the overlay with which the worker is built as the fragile one: the product's sources have no hook.
func fragileOverlay(ctx context.Context, dir string) (string, error) {
	found, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "counterpunch/internal/delivery").Output()
	if err != nil {
		return "", fmt.Errorf("find the sources of the worker: %w", err)
	}
	source := strings.TrimSpace(string(found))
	run, err := os.ReadFile(filepath.Join(source, "run.go"))
	if err != nil {
		return "", fmt.Errorf("read the sources of the worker: %w", err)
	}
	before, after, ok := strings.Cut(string(run), fragileAnchor)
	if !ok {
		return "", fmt.Errorf("make a fragile worker: %s/run.go has no line %q any more; change fragileAnchor", source, strings.TrimSpace(fragileAnchor))
	}
	replace := map[string]string{}
	for name, text := range map[string]string{
		"run.go": before + fragileAnchor + "\tmeet(r.event.PayloadID)\n" + after, "meet.go": fragileHook,
	} {
		path := filepath.Join(dir, "fragile-"+name)
		replace[filepath.Join(source, name)] = path
		err = errors.Join(err, os.WriteFile(path, []byte(text), 0o600))
	}
	overlay, encodeErr := json.Marshal(map[string]any{"Replace": replace})
	path := filepath.Join(dir, "fragile-overlay.json")
	if err = errors.Join(err, encodeErr, os.WriteFile(path, overlay, 0o600)); err != nil {
		return "", fmt.Errorf("make a fragile worker: %w", err)
	}
	return path, nil
}
