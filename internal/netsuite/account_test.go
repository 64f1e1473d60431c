package netsuite_test

import (
	"strings"
	"testing"

	"counterpunch/internal/netsuite"
)

func TestAccountIsReadInAnyForm(t *testing.T) {
	for in, want := range map[string]netsuite.Account{
		"1234567":                                {Realm: "1234567", Label: "1234567"},
		" 1234567_SB1 ":                          {Realm: "1234567_SB1", Label: "1234567-sb1"},
		"1234567-sb2":                            {Realm: "1234567_SB2", Label: "1234567-sb2"},
		"1234567_rp":                             {Realm: "1234567_RP", Label: "1234567-rp"},
		"TSTDRV1234567":                          {Realm: "TSTDRV1234567", Label: "tstdrv1234567"},
		"1234567-sb1.suitetalk.api.netsuite.com": {Realm: "1234567_SB1", Label: "1234567-sb1"},
		"https://1234567-SB1.app.netsuite.com/app/center/card.nl?sc=-29#frag":  {Realm: "1234567_SB1", Label: "1234567-sb1"},
		"https://1234567.restlets.api.netsuite.com:443/app/site/hosting":       {Realm: "1234567", Label: "1234567"},
		"http://1234567-rp.suitetalk.api.netsuite.com/services/rest/record/v1": {Realm: "1234567_RP", Label: "1234567-rp"},
	} {
		got, err := netsuite.ParseAccount(in)
		if err != nil || got != want {
			t.Errorf("%q = %+v, %v; want %+v", in, got, err, want)
		}
	}
}

func TestAccountCannotLeadToAnotherHost(t *testing.T) {
	for _, in := range []string{
		"", " ", "evil.com/#", "evil.com/", "evil.com#", "1234567@evil.com", "1234567/../x", "1234567:80", "1234567_SB1_X", "_SB1",
		"1234567_", "12 34", "1234567\n8", "1234567?x", "https://evil.com/1234567.suitetalk.api.netsuite.com",
		"https://1234567.suitetalk.api.netsuite.com@evil.com/", "1234567.suitetalk.api.netsuite.com.evil.com",
		"evil.1234567.suitetalk.api.netsuite.com", "system.netsuite.com", "rest.netsuite.com", "-.suitetalk.api.netsuite.com",
		"https://[::1", "1234567\u2024suitetalk", strings.Repeat("1", 80), "ünïcode",
	} {
		if got, err := netsuite.ParseAccount(in); err == nil {
			t.Errorf("%q was read as %+v", in, got)
		}
	}
}

func FuzzAccount(f *testing.F) {
	f.Add("1234567_SB1")
	f.Add("https://1234567-sb1.app.netsuite.com/")
	f.Add("evil.com/#")
	f.Fuzz(func(t *testing.T, in string) {
		a, err := netsuite.ParseAccount(in)
		if err != nil {
			return
		}
		label := strings.TrimSuffix(strings.TrimPrefix(a.URL(), "https://"), ".suitetalk.api.netsuite.com")
		if strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || label == "" {
			t.Errorf("%q leads to %s", in, a.URL())
		}
		again, err := netsuite.ParseAccount(a.Realm)
		if err != nil || again != a {
			t.Errorf("%+v is not read back: %+v, %v", a, again, err)
		}
	})
}
