package intake

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// Senders that write a whole document before they read must get to see why it is not taken. 16 MB are more than the
// kernel holds for a server that does not read.
func TestABodyThatIsNotTakenIsAnsweredOnceItIsSent(t *testing.T) {
	const size = 16 << 20
	w := startWorld(t, func(s *setup) { s.Limits.Memory = 512 << 10 })
	filler := strings.Repeat("x", 64<<10)
	write := func(to io.Writer, frame func(string) string) error {
		for range size / len(filler) {
			if _, err := io.WriteString(to, frame(filler)); err != nil {
				return err
			}
		}
		return nil
	}
	plain := func(s string) string { return s }
	chunk := func(s string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(s), s) }
	for _, tt := range []struct {
		name, header, end string
		frame             func(string) string
		code              int
		says              string
	}{
		{"too large, and says so", fmt.Sprintf("Content-Length: %d\r\n", size), "", plain, 400, "at most 1048576"},
		{"too large, in chunks, while memory is short", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", chunk, 560, "send it again later"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, r := w.dial()
			fmt.Fprintf(c, "POST /cxml HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n%s\r\n", tt.header)
			if err := write(c, tt.frame); err != nil {
				t.Fatalf("cut off before the end of the body: %v", err)
			}
			fmt.Fprint(c, tt.end)
			got, _ := answerOn(t, r)
			if got.code != tt.code || !strings.Contains(got.text, tt.says) {
				t.Errorf("%d %s, want %d and %q", got.code, got.text, tt.code, tt.says)
			}
		})
	}
	if held := w.handler.memory.used.Load(); held != 0 {
		t.Errorf("%d bytes are still held", held)
	}
}

func TestASenderThatAsksFirstIsRefusedBeforeItSends(t *testing.T) {
	w := startWorld(t)
	c, r := w.dial()
	fmt.Fprintf(c, "POST /cxml HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 100000000\r\nExpect: 100-continue\r\n\r\n")
	if got, _ := answerOn(t, r); got.code != 400 {
		t.Errorf("%d %s, want 400", got.code, got.text)
	}
}
