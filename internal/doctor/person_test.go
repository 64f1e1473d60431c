package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/netsuite"
)

func TestSignInOfAPersonIsAWarningUntilItEnds(t *testing.T) {
	file := filepath.Join(t.TempDir(), "main.login.json")
	login := netsuite.BrowserLogin{ClientID: "client-1", File: file}
	client, err := netsuite.New(netsuite.Options{Account: "1234567", Slots: 1, Credentials: login})
	if err != nil {
		t.Fatal(err)
	}
	d := &Doctor{o: Options{Account: "main", Login: &login}, c: client}
	judge := func(want Result, words string) {
		t.Helper()
		r := d.certificate(t.Context())[0]
		if r.Result != want || !strings.Contains(r.Found, words) || !strings.Contains(strings.Join(r.Advice, " "), "accounts login main") {
			t.Errorf("%+v, want %s: %s", r, want, words)
		}
	}
	judge(Failed, "nobody has signed in")
	for age, want := range map[time.Duration]Result{time.Hour: Warning, 8 * 24 * time.Hour: Failed} {
		text := fmt.Sprintf(`{"clientId":"client-1","signedIn":%q,"refreshToken":"r"}`, time.Now().Add(-age).UTC().Format(time.RFC3339))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		judge(want, "the sign-in of a person")
	}
}
