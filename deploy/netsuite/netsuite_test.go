// Package netsuite tests the project in this folder against the programs that rely on what it makes.
package netsuite

import (
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"counterpunch/fixtures"
	"counterpunch/internal/config"
	"counterpunch/internal/doctor"
	"counterpunch/internal/mapping"
	"counterpunch/internal/netsuite"
	"counterpunch/internal/secret"
	"counterpunch/internal/simulator"
)

// object is the part of an SDF object that the tests look at.
type object struct {
	XMLName      xml.Name
	ScriptID     string `xml:"scriptid,attr"`
	Label        string `xml:"label"`
	Description  string `xml:"description"`
	Help         string `xml:"help"`
	FieldType    string `xml:"fieldtype"`
	MaxLength    string `xml:"maxlength"`
	StoreValue   string `xml:"storevalue"`
	IsMandatory  string `xml:"ismandatory"`
	BodyPurchase string `xml:"bodypurchase"`
	ColPurchase  string `xml:"colpurchase"`
	Permissions  []struct {
		Key   string `xml:"permkey"`
		Level string `xml:"permlevel"`
	} `xml:"permissions>permission"`
}

func objects(t *testing.T) map[string]object {
	t.Helper()
	paths, err := filepath.Glob("Objects/*.xml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d objects, %v", len(paths), err)
	}
	all := map[string]object{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var o object
		if err := xml.Unmarshal(text, &o); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if want := o.ScriptID + ".xml"; filepath.Base(path) != want {
			t.Errorf("%s holds %s: SDF wants it in %s", path, o.ScriptID, want)
		}
		all[o.ScriptID] = o
	}
	return all
}

func TestEveryXMLIsWellFormed(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".xml" {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		d := xml.NewDecoder(f)
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				t.Errorf("%s: %v", path, err)
				return nil
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFieldsAreThoseThatTheDoctorKnows(t *testing.T) {
	all := objects(t)
	types := map[doctor.FieldType]string{doctor.Text: "TEXT", doctor.TextArea: "TEXTAREA", doctor.Decimal: "FLOAT", doctor.Currency: "CURRENCY", doctor.Date: "DATE"}
	longest := map[string]string{"TEXT": "300", "TEXTAREA": "4000"} // NetSuite's bounds
	var shipped []string
	for _, f := range doctor.ShippedFields() {
		shipped = append(shipped, f.ScriptID)
		want := object{
			ScriptID: f.ScriptID, Label: f.Label, Help: f.Help, Description: f.Help + " Written by Counterpunch.",
			FieldType: types[f.Type], MaxLength: longest[types[f.Type]], StoreValue: "T", IsMandatory: "F",
		}
		if strings.HasPrefix(f.ScriptID, "custbody") {
			want.XMLName.Local, want.BodyPurchase = "transactionbodycustomfield", "T"
		} else {
			want.XMLName.Local, want.ColPurchase = "transactioncolumncustomfield", "T"
		}
		if d := cmp.Diff(want, all[f.ScriptID]); d != "" {
			t.Errorf("%s (-wanted +object):\n%s", f.ScriptID, d)
		}
		if most := map[bool]int{true: 38, false: 37}[want.BodyPurchase == "T"]; len(f.ScriptID) > most {
			t.Errorf("%s is longer than the %d characters that NetSuite takes", f.ScriptID, most)
		}
	}
	for id := range all {
		if strings.HasPrefix(id, "cust") && !strings.HasPrefix(id, "customrole") && !slices.Contains(shipped, id) {
			t.Errorf("the doctor does not know %s", id)
		}
	}
}

// TestFieldsAreThoseOfMappingConfigurationAndSimulator compares names, and types by the simulator's catalog.
func TestFieldsAreThoseOfMappingConfigurationAndSimulator(t *testing.T) {
	client := simulated(t)
	m := mapping.Default()
	if m.DocumentField != config.DefaultAccount().Bill.DocumentField {
		t.Errorf("the mapping writes the document to %q, the configuration to %q", m.DocumentField, config.DefaultAccount().Bill.DocumentField)
	}
	fields, err := doctor.CompareFields(m, "", func(typ string) ([]netsuite.Field, error) { return client.Fields(t.Context(), typ) })
	if err != nil {
		t.Fatal(err)
	}
	all := objects(t)
	mapped := map[string]bool{}
	for _, f := range fields {
		if f.Result != doctor.OK {
			t.Errorf("simulator: %s of the %s is %s, found %q", f.ScriptID, f.Record, f.Problem, f.Found)
		}
		if !strings.HasPrefix(f.ScriptID, "cust") {
			continue
		}
		mapped[f.ScriptID] = true
		if _, ok := all[f.ScriptID]; !ok {
			t.Errorf("no object makes %s of the %s", f.ScriptID, f.Record)
		}
	}
	for id := range all {
		if !strings.HasPrefix(id, "customrole") && !mapped[id] {
			t.Errorf("nothing is written to %s", id)
		}
	}
	for _, typ := range []string{"purchaseOrder", "vendorBill", "vendorCredit"} {
		known, err := client.Fields(t.Context(), typ)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range known {
			if custom.MatchString(f.Name) && !mapped[f.Name] {
				t.Errorf("the simulator has %s, which nothing makes", f.Name)
			}
		}
	}
}

var custom = regexp.MustCompile(`^cust(body|col)_`)

func TestTextsFitTheirFields(t *testing.T) {
	all := objects(t)
	m := mapping.Default()
	clipped := regexp.MustCompile(`^clip\(.*, (\d+)\)$`)
	for id, expression := range merged(m.Header, m.Line) {
		match := clipped.FindStringSubmatch(expression)
		if match == nil {
			continue
		}
		most, err := strconv.Atoi(all[id].MaxLength)
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		if n, _ := strconv.Atoi(match[1]); n > most {
			t.Errorf("up to %d characters are written to %s, which takes %d", n, id, most)
		}
	}
}

func merged(maps ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range maps {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

func TestRoleHasThePermissionsOfTheTable(t *testing.T) {
	role := objects(t)["customrole_counterpunch"]
	if role.XMLName.Local != "role" {
		t.Errorf("the role is a %s", role.XMLName.Local)
	}
	var got, want []string
	for _, p := range role.Permissions {
		got = append(got, p.Key+" "+p.Level)
	}
	for _, p := range doctor.Permissions(doctor.Features()...) {
		want = append(want, p.Key+" "+strings.ToUpper(p.Level))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("permissions (-table +role):\n%s", d)
	}
}

func TestSavedSearchNamesFieldsThatThereAre(t *testing.T) {
	script, err := os.ReadFile("saved-search.js")
	if err != nil {
		t.Fatal(err)
	}
	all := objects(t)
	names := regexp.MustCompile(`'(cust(?:body|col)_[a-z_]+)'`).FindAllStringSubmatch(string(script), -1)
	if len(names) == 0 {
		t.Fatal("it names none")
	}
	for _, name := range names {
		if _, ok := all[name[1]]; !ok {
			t.Errorf("nothing makes %s", name[1])
		}
	}
}

func TestQueryOfTheReadmeRuns(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	query := regexp.MustCompile(`counterpunch netsuite query "(.*)"`).FindSubmatch(text)
	if query == nil {
		t.Fatal("there is no query")
	}
	if _, err := simulated(t).Query(t.Context(), string(query[1])); err != nil {
		t.Error(err)
	}
}

// simulated returns a client of a simulated account.
func simulated(t *testing.T) *netsuite.Client {
	t.Helper()
	s := simulator.New(simulator.Options{})
	if err := s.SeedOrders(fixtures.Orders()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	client, err := netsuite.New(netsuite.Options{
		Account: "1234567_SB1", BaseURL: server.URL, Slots: 1,
		Credentials: netsuite.TBA{
			ConsumerKey: "demo-consumer-key", ConsumerSecret: secret.New("demo-consumer-secret"),
			TokenID: "demo-token", TokenSecret: secret.New("demo-token-secret"),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		server.Close()
	})
	return client
}
