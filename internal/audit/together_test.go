package audit_test

import (
	"fmt"
	"math/rand"
	"os"
	"slices"
	"strings"
	"testing"

	"counterpunch/internal/simulator"
)

// changing are rules by which NetSuite makes other amounts of what it is sent, or refuses it by its date.
func changing() []rule {
	return []rule{
		{"autoTax=10", false, false, func(k *simulator.Knobs) { k.AutoTax = "10" }},
		{"closedPeriods", false, false, func(k *simulator.Knobs) { k.ClosedPeriods = []string{"2026-09"} }},
		{"closedPeriods, postingPeriod=open", false, false, func(k *simulator.Knobs) {
			k.ClosedPeriods, k.PostingPeriod = []string{"2026-09"}, simulator.Open
		}},
	}
}

// TestNoRulesTogetherMakeABillThatIsOtherThanSentUnseen draws several rules and a strategy at a time: what one of them alone
// leaves right, two may not.
func TestNoRulesTogetherMakeABillThatIsOtherThanSentUnseen(t *testing.T) {
	draws, stories := 20, mistakable()
	if os.Getenv("COUNTERPUNCH_AUDIT") != "all" {
		draws, stories = 2, slices.Collect(everyFourth(stories))
	}
	expected := witness(t, stories)
	all := slices.Concat(rules(), changing())
	for _, r := range otherwise() {
		all = append(all, r.rule)
	}
	for draw := range draws {
		r := rand.New(rand.NewSource(int64(draw)))
		strategy := strategies()[r.Intn(len(strategies()))]
		var drawn []rule
		for _, one := range all {
			if r.Intn(4) == 0 {
				drawn = append(drawn, one)
			}
		}
		t.Run(fmt.Sprintf("%d, %s", draw, strategy), func(t *testing.T) {
			var names []string
			w := open(t, tolerant(strategy), simulator.Options{Knobs: func(k *simulator.Knobs) {
				for _, one := range drawn {
					one.turn(k)
					names = append(names, one.name)
				}
			}})
			j := w.judge(stories, expected, "t-")
			w.soundBut(simulator.FindingLineAdded) // it stands on bills that are held
			t.Logf("%s: %s", j, strings.Join(names, "; "))
		})
	}
}
