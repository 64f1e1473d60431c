package config

import (
	"strings"
	"testing"
)

func TestAPlaceInATextIsFoundInTheFile(t *testing.T) {
	setSecrets(t)
	c := mustParse(t, strings.Replace(good, "suppliers:", `    orders:
      fields:
        header:
          custbody_a: |
            one
              two
          custbody_b: one
suppliers:`, 1))
	for _, test := range []struct {
		key          string
		line, column int
		want         string
	}{
		{"accounts[0].name", 1, 3, "c.yaml:2:13: accounts[0].name: x"},
		{"accounts[0].name", 2, 3, "c.yaml:2:11: accounts[0].name: x"},
		{"accounts[0].netsuite.account", 1, 1, "c.yaml:5:17: accounts[0].netsuite.account: x"},
		{"accounts[0].orders.fields.header.custbody_a", 1, 2, "c.yaml:11:14: accounts[0].orders.fields.header.custbody_a: x"},
		{"accounts[0].orders.fields.header.custbody_a", 2, 3, "c.yaml:12:15: accounts[0].orders.fields.header.custbody_a: x"},
		{"accounts[0].orders.fields.header.custbody_b", 1, 2, "c.yaml:13:24: accounts[0].orders.fields.header.custbody_b: x"},
		{"accounts[0].netsuite", 4, 4, "c.yaml:4:5: accounts[0].netsuite: x"},
	} {
		if got := c.Within(test.key, test.line, test.column, "x").String(); got != test.want {
			t.Errorf("%d:%d in %s is %s, want %s", test.line, test.column, test.key, got, test.want)
		}
	}
}
