package doctor

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/simulator"
)

func TestKindOfAccountFollowsFromItsID(t *testing.T) {
	for id, want := range map[string]Kind{
		"1234567": Production, "1234567_SB1": Sandbox, "1234567-sb2": Sandbox, "1234567_RP": ReleasePreview, "1234567_RP1": ReleasePreview,
		"TSTDRV1234567": Development, "td2900000": Development,
	} {
		a, err := netsuite.ParseAccount(id)
		if err != nil {
			t.Fatal(err)
		}
		if got := KindOf(a); got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
}

func TestProductionThatGetsTestDocumentsIsAWarning(t *testing.T) {
	client, err := netsuite.New(netsuite.Options{Account: "1234567", Slots: 1, Credentials: demoSignIn()})
	if err != nil {
		t.Fatal(err)
	}
	d := &Doctor{o: Options{TestOf: []string{"main"}}, c: client}
	r := d.kind(t.Context())[0]
	if r.Result != Warning || !strings.Contains(r.Found, "test documents of main come here") {
		t.Errorf("%s: %s", r.Result, r.Found)
	}
	notes := strings.Join(r.Advice, "\n")
	if !strings.Contains(notes, "Created By") || !strings.Contains(notes, "Disabling the user") {
		t.Errorf("the notes do not speak of the user:\n%s", notes)
	}
}

func TestPermissionsFollowTheFeatures(t *testing.T) {
	names := func(features ...Feature) []string {
		var all []string
		for _, p := range Permissions(features...) {
			all = append(all, p.Name)
		}
		return all
	}
	orders := names(FeatureOrders)
	for _, no := range []string{"Bills", "Enter Vendor Credits", "Accounts"} {
		if slices.Contains(orders, no) {
			t.Errorf("orders alone need %q", no)
		}
	}
	if bills := names(FeatureBills); !slices.Contains(bills, "Bills") || slices.Contains(bills, "Enter Vendor Credits") {
		t.Errorf("bills need %v", bills)
	}
	if d := cmp.Diff(names(Features()...), names(FeatureOrders, FeatureBills, FeatureCredits)); d != "" {
		t.Error(d)
	}
	if chosen := names(FeaturePeriods); !slices.Contains(chosen, "Manage Accounting Periods") || slices.Contains(orders, "Manage Accounting Periods") {
		t.Errorf("first open periods need %v, orders %v", chosen, orders)
	}
	level := func(features ...Feature) string {
		some := slices.DeleteFunc(Permissions(features...), func(p Permission) bool { return p.Name != "Bills" })
		if len(some) != 1 {
			t.Fatalf("%v need Bills %d times", features, len(some))
		}
		return some[0].Level
	}
	if usual, void := level(Features()...), level(AllFeatures()...); usual != "Edit" || void != "Full" {
		t.Errorf("bills need level %s, and to be deleted %s", usual, void)
	}
	for _, p := range allPermissions() {
		if !slices.Contains([]string{"View", "Create", "Edit", "Full"}, p.Level) || !slices.Contains([]string{"Transactions", "Reports", "Lists", "Setup"}, p.Tab) || p.Why == "" || p.Key == "" {
			t.Errorf("incomplete: %+v", p)
		}
	}
}

func TestFeaturesAreReadFromAList(t *testing.T) {
	got, err := ParseFeatures("orders, credits")
	if err != nil || !slices.Equal(got, []Feature{FeatureOrders, FeatureCredits}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := ParseFeatures("periods,void"); err != nil {
		t.Error(err)
	}
	if all, err := ParseFeatures(""); err != nil || len(all) != 3 {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := ParseFeatures("orders,receipts"); err == nil || !strings.Contains(err.Error(), `"receipts" is none of`) {
		t.Errorf("%v", err)
	}
}

// TestShippedFieldsAreThoseOfTheDefaultMapping also holds the types against the simulator's, by its catalog.
func TestShippedFieldsAreThoseOfTheDefaultMapping(t *testing.T) {
	p := newPatient(t, simulator.Options{})
	m := mapping.Default()
	fields, err := CompareFields(m, "", func(typ string) ([]netsuite.Field, error) { return p.options.NetSuite.Fields(t.Context(), typ) })
	if err != nil {
		t.Fatal(err)
	}
	var mapped, shipped []string
	for _, f := range fields {
		if f.Result != OK {
			t.Errorf("%s: %s, found %s", f.ScriptID, f.Problem, f.Found)
		}
		if strings.HasPrefix(f.ScriptID, "cust") {
			mapped = append(mapped, f.ScriptID)
		}
	}
	for _, f := range ShippedFields() {
		shipped = append(shipped, f.ScriptID)
	}
	slices.Sort(mapped)
	slices.Sort(shipped)
	if d := cmp.Diff(slices.Compact(mapped), shipped); d != "" {
		t.Errorf("fields of the default mapping and fields that are shipped (-mapped +shipped):\n%s", d)
	}
}
