package schemas

import "testing"

func TestTablesLoad(t *testing.T) {
	if n := len(Content().Elements()); n != 127 {
		t.Errorf("%d elements have an entry", n)
	}
}
