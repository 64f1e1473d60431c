package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/netsuite"
	"counterpunch/internal/simulator"
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

func TestSignInOfNobodyIsNotTakenForANetSuiteThatIsAway(t *testing.T) {
	p := newPatient(t, simulator.Options{})
	login := netsuite.BrowserLogin{ClientID: "client-1", File: filepath.Join(t.TempDir(), "main.login.json")}
	client, err := netsuite.New(netsuite.Options{Account: "1234567_SB1", Slots: 1, Credentials: login})
	if err != nil {
		t.Fatal(err)
	}
	p.options.NetSuite, p.options.Login = client, &login
	r := p.doctor(t).Examine(t.Context())
	one, _ := r.Rung(RungSignIn)
	if one.Result != Failed || !strings.Contains(one.Found, "nobody has signed in") || !strings.Contains(strings.Join(one.Advice, " "), "counterpunch accounts login main") {
		t.Errorf("%+v", one)
	}
	if reach, _ := r.Rung(RungReach); reach.Result != Skipped || r.SignInRefused {
		t.Errorf("%+v; sign-in refused: %v", reach, r.SignInRefused)
	}
}
