package demo_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"counterpunch/internal/config"
)

// TestSlowSendersKeepNobodyWaiting opens many connections that send half a document and then hold still. Honest documents
// are answered as fast as ever, and the slow ones are told to come back when their time is over.
func TestSlowSendersKeepNobodyWaiting(t *testing.T) {
	const slow, bodyTime = 200, 3 * time.Second
	w := open(t, func(c *config.Config) {
		unstressed(c)
		c.Ingest.Limits.Parses = 2
		c.Ingest.Limits.BodyTime = bodyTime // 20 s in production
	})
	address := strings.TrimSuffix(strings.TrimPrefix(w.Addresses().Suppliers, "http://"), "/cxml")
	head := fmt.Sprintf("POST /cxml HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n", len(letter()))
	started := time.Now()
	var held []net.Conn
	for i := range slow {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		half := head + string(letter()[:600])
		if i%2 == 0 {
			half = half[:40] // not even the header
		}
		if _, err := conn.Write([]byte(half)); err != nil {
			t.Fatal(err)
		}
		if i%2 == 1 {
			held = append(held, conn)
		}
	}
	slowest := time.Duration(0)
	for i := range 50 {
		before := time.Now()
		got, err := (request{body: letter(">none<", fmt.Sprintf(">slow %d<", i))}).send(w.Addresses().Suppliers)
		if err != nil || got.code != 200 {
			t.Fatalf("an honest document: %s, %v", got, err)
		}
		slowest = max(slowest, time.Since(before))
	}
	for _, conn := range held {
		if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("a slow sender got no answer: %v", err)
		}
		if got, err := (request{}).read(resp); err != nil || got.code != 560 {
			t.Errorf("a slow sender got %s, %v", got, err)
		}
	}
	t.Logf("with %d slow connections the slowest of 50 answers took %s; the slow ones were answered within %s", slow, slowest.Round(time.Millisecond), time.Since(started).Round(time.Millisecond))
	if slowest > patience {
		t.Errorf("an honest document waited %s", slowest)
	}
}
