// Package internal holds nothing but the test of what its packages import.
package internal

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// allowed says which packages of this module each part may import. A part stands below those that it may import, so the
// arrows all point one way; adapters (queue, netsuite) do not know each other, and the simulator shares no code with the
// client that it is the witness of. Whoever adds to a row decides about the architecture.
var allowed = []struct{ part, imports string }{
	{"internal/document", ""},
	{"internal/reason", ""},
	{"internal/pause", ""},
	{"internal/secret", ""},
	{"internal/queue/embedded", ""},
	{"schemas", "document"},
	{"internal/order", "document"},
	{"internal/netsuite/record", "document"},
	{"internal/simulator", "document"},
	{"internal/telemetry", "document reason"},
	{"internal/cxml", "document secret schemas"},
	{"internal/partner", "cxml secret"},
	{"internal/event", "cxml document"},
	{"internal/mapping", "document netsuite/record order reason"},
	{"internal/netsuite", "netsuite/record reason secret"},
	{"internal/queue", "document event order pause reason"},
	{"internal/config", "document reason secret"},
	{"internal/backup", "queue queue/embedded"},
	{"internal/intake", "cxml document event partner queue reason secret telemetry"},
	{"internal/delivery", "document event mapping netsuite netsuite/record order pause queue reason telemetry"},
	{"internal/operations", "document event pause queue reason schemas"},
	{"internal/doctor", "document mapping netsuite netsuite/record queue reason"},
	{"internal/reconcile", "document intake mapping netsuite queue reason"},
	{"internal/app", "backup config cxml delivery intake mapping netsuite operations partner queue queue/embedded reason telemetry"},
	{"internal/demo", "fixtures app config document queue reason secret simulator"},
	{"internal/cli", "fixtures app backup config cxml delivery demo doctor document event mapping netsuite operations queue reason reconcile secret schemas simulator telemetry"},
	{"cmd/counterpunch", "app cli"},
	{"cmd/ingest", "app config"},
	{"cmd/worker", "app config"},
}

func TestImportsPointOneWay(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "counterpunch/...").Output()
	if err != nil {
		t.Fatalf("list what the packages import: %v", err)
	}
	imports := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(strings.ReplaceAll(line, "counterpunch/", ""))
		imports[fields[0]] = fields[1:]
	}
	listed := map[string]bool{}
	for _, row := range allowed {
		listed[row.part] = true
		if _, ok := imports[row.part]; !ok {
			t.Errorf("there is no package %s", row.part)
		}
		may := strings.Fields(row.imports)
		for _, path := range imports[row.part] {
			name := strings.TrimPrefix(path, "internal/")
			own := name != path || path == "schemas" || path == "fixtures"
			if own && !slices.Contains(may, name) {
				t.Errorf("%s imports %s", row.part, path)
			}
		}
	}
	for part := range imports {
		// What is for tests and for breaking things stands beside the parts, and no program imports it.
		if strings.HasPrefix(part, "internal/") && !listed[part] && !besideTheParts(part) {
			t.Errorf("%s is a part without a row", part)
		}
	}
}

func besideTheParts(path string) bool {
	return strings.HasSuffix(path, "test") || slices.ContainsFunc([]string{"internal/testkit", "internal/chaos", "internal/audit"}, func(folder string) bool {
		return path == folder || strings.HasPrefix(path, folder+"/")
	})
}
