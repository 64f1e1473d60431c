package demo_test

import (
	"bytes"
	"io"
	"math"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"
)

// The posts of each kind, those before them that are not timed, and how far the medians may lie apart.
const (
	timedPosts = 2_000
	warmUp     = 100
	mostApart  = 0.10
)

// ofTheAnswer is what differs between any two answers.
var ofTheAnswer = regexp.MustCompile(`payloadID="[^"]*"|timestamp="[^"]*"`)

// TestUnknownSenderLooksLikeAWrongSecret posts documents of a sender that does not exist and of one whose secret is wrong,
// in turns. A stranger who could tell them apart could find out who supplies.
func TestUnknownSenderLooksLikeAWrongSecret(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes thousands of posts")
	}
	w := open(t, unstressed)
	wrong := letter(letterSecret, "<SharedSecret>acme-secreT</SharedSecret>")
	unknown := bytes.ReplaceAll(letter(letterSecret, "<SharedSecret>acme-secreT</SharedSecret>"), []byte("111111111"), []byte("999999999"))
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	post := func(body []byte) (time.Duration, string) {
		started := time.Now()
		resp, err := client.Post(w.Addresses().Suppliers, "text/xml", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		took := time.Since(started)
		if err != nil {
			t.Fatal(err)
		}
		resp.Header.Del("Date")
		var all bytes.Buffer
		_ = resp.Header.Write(&all) // a buffer takes every write
		all.Write(ofTheAnswer.ReplaceAll(answer, []byte("…")))
		return took, resp.Status + "\n" + all.String()
	}
	first := ""
	measure := func() (unknownSender, wrongSecret time.Duration) {
		times := map[string][]time.Duration{}
		for i := range timedPosts + warmUp {
			for name, body := range map[string][]byte{"unknown": unknown, "wrong": wrong} {
				took, answer := post(body)
				if first == "" {
					first = answer
				}
				if answer != first {
					t.Fatalf("%s sender or secret is answered\n%s\nthe other\n%s", name, answer, first)
				}
				if i >= warmUp {
					times[name] = append(times[name], took)
				}
			}
		}
		return median(times["unknown"]), median(times["wrong"])
	}
	// What else the machine does can part the medians once; what the intake does parts them each time.
	var apart float64
	for range 3 {
		u, k := measure()
		apart = float64(u-k) / float64(k)
		t.Logf("%d posts each, the same bytes; medians: unknown sender %s, wrong secret %s, %+.1f %% apart", timedPosts, u, k, 100*apart)
		if math.Abs(apart) <= mostApart {
			return
		}
	}
	t.Errorf("the medians lie %+.1f %% apart", 100*apart)
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
