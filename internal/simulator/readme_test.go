package simulator

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// readKnobs returns the table of knobs of README.md: name -> default.
func readKnobs(t *testing.T, text string) map[string]string {
	t.Helper()
	knobs := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| ([^|]*) \\| [^|]* \\| [^|]*\\|$").FindAllStringSubmatch(text, -1) {
		knobs[m[1]] = m[2]
	}
	return knobs
}

func TestReadmeHasEveryKnobWithItsDefault(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	defaults, err := json.Marshal(DefaultKnobs())
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(defaults, &raw); err != nil {
		t.Fatal(err)
	}
	k := DefaultKnobs()
	want := map[string]string{}
	for name, value := range raw {
		want[name] = strings.NewReplacer("null", "[]").Replace(string(value))
	}
	for name := range k.faults() {
		want[name] = "fault"
	}
	want["roles"], want["latency"] = "{}", "{}"
	if diff := cmp.Diff(want, readKnobs(t, string(text))); diff != "" {
		t.Error(diff)
	}
}

func TestReadmeHasEveryActPermissionAndFinding(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	findings := []string{FindingBillDoubled, FindingCreditDoubled, FindingExternalIDDoubled, FindingLineAdded, FindingVendorCrossed,
		FindingOverbilled, FindingOvercredited, FindingTotals}
	for _, word := range slices.Concat(acts(), permissions(), findings) {
		if !strings.Contains(string(text), "`"+word+"`") {
			t.Errorf("README.md does not know %s", word)
		}
	}
}

func TestTheSeedOfTheReadmeIsTaken(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	seed := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(text)
	s := New(Options{})
	if err := s.SeedOrders(seed[1]); err != nil {
		t.Fatal(err)
	}
	if _, there := s.Books().Order("PO-1001"); !there {
		t.Error("the order is not in the books")
	}
}

func TestTheCallOfTheReadmeIsAnswered(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not installed")
	}
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, Options{Clock: time.Now})
	script := regexp.MustCompile("(?s)```python\n(.*?)```").FindSubmatch(text)
	out, err := exec.CommandContext(t.Context(), python, "-c", string(script[1]), b.url).CombinedOutput()
	if err != nil || !strings.Contains(string(out), `"tranId":"PO-1001"`) {
		t.Errorf("%v: %s", err, out)
	}
}
