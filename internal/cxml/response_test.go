package cxml

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"counterpunch/internal/document"
	"counterpunch/internal/testkit/material"
)

var answeredAt = time.Date(2026, 9, 1, 10, 0, 0, 0, time.FixedZone("", 7200))

// answer is what a sender's parser sees of a Response.
type answer struct {
	PayloadID string `xml:"payloadID,attr"`
	Timestamp string `xml:"timestamp,attr"`
	Status    []struct {
		Code     string `xml:"code,attr"`
		Text     string `xml:"text,attr"`
		Lang     string `xml:"lang,attr"`
		Detail   string `xml:",chardata"`
		Children []struct {
			XMLName xml.Name
		} `xml:",any"`
	} `xml:"Response>Status"`
}

func readAnswer(t *testing.T, b []byte) answer {
	t.Helper()
	if err := strict(b); err != nil {
		t.Fatalf("the answer is not well-formed: %v\n%s", err, b)
	}
	var a answer
	if err := xml.Unmarshal(b, &a); err != nil {
		t.Fatal(err)
	}
	if len(a.Status) != 1 || len(a.Status[0].Children) != 0 {
		t.Fatalf("answer = %+v", a)
	}
	return a
}

func TestResponseSaysWhatWasFound(t *testing.T) {
	a := readAnswer(t, Response{
		PayloadID: "a-1@counterpunch", Timestamp: answeredAt, Code: 400, Detail: "Refused.", DocumentID: "d-1",
		Problems: []Problem{{Code: 400, Path: "/cXML/@x", Line: 3, Column: 7, Text: "First."}, {Code: 400, Text: "Second."}},
		Warnings: []document.Warning{{Code: "w", Line: 4, Column: 1, Path: "/cXML", Text: "Odd."}},
	}.Bytes())
	s := a.Status[0]
	want := "Refused.\nDocument id: d-1\nline 3, column 7: /cXML/@x: First.\nSecond.\nwarning: line 4, column 1: /cXML: Odd."
	if s.Code != "400" || s.Text != "Bad Request" || s.Lang != "en-US" || s.Detail != want {
		t.Errorf("status = %+v, want detail\n%s", s, want)
	}
	if a.PayloadID != "a-1@counterpunch" || a.Timestamp != "2026-09-01T08:00:00Z" {
		t.Errorf("answer = %+v", a)
	}
}

func TestResponseFillsInWhatIsMissing(t *testing.T) {
	first, second := readAnswer(t, Response{}.Bytes()), readAnswer(t, Response{}.Bytes())
	if first.Status[0].Code != "500" || first.Timestamp == "" || first.PayloadID == second.PayloadID {
		t.Errorf("answers = %+v, %+v", first, second)
	}
}

func TestResponseCannotBeBrokenByADocument(t *testing.T) {
	hostile := "]]></Status><Status code=\"200\" text=\"OK\"/><!-- \x00\x01\xff &amp; \" '\r\n\u2028injected: line"
	a := readAnswer(t, Response{PayloadID: hostile, Code: 400, Detail: hostile, DocumentID: hostile,
		Problems: []Problem{{Path: hostile, Text: hostile}}, Warnings: []document.Warning{{Text: hostile, Path: hostile}}}.Bytes())
	if a.Status[0].Code != "400" {
		t.Errorf("code = %s", a.Status[0].Code)
	}
	// The sentence may have lines; what comes from a document stays on the one line it is given.
	lines := strings.Split(readAnswer(t, Response{Code: 400, Problems: []Problem{{Text: hostile}}}.Bytes()).Status[0].Detail, "\n")
	if len(lines) != 1 {
		t.Errorf("a problem takes %d lines", len(lines))
	}
}

func TestResponseIsBounded(t *testing.T) {
	many := make([]Problem, 5000)
	for i := range many {
		many[i].Text = strings.Repeat("x", 5000)
	}
	b := Response{Code: 400, Problems: many}.Bytes()
	if len(b) > 150_000 || !strings.Contains(string(b), "4800 more problems") {
		t.Errorf("the answer has %d bytes", len(b))
	}
}

func TestProfileResponseListsWhatIsServed(t *testing.T) {
	b := ProfileResponse(Profile{PayloadID: "a", Timestamp: answeredAt, Effective: answeredAt, URL: "https://x.example/cxml?a=1&b=2"})
	if err := strict(b); err != nil {
		t.Fatal(err)
	}
	var p struct {
		Transactions []struct {
			Name string `xml:"requestName,attr"`
			URL  string
		} `xml:"Response>ProfileResponse>Transaction"`
	}
	if err := xml.Unmarshal(b, &p); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tr := range p.Transactions {
		names = append(names, tr.Name)
		if tr.URL != "https://x.example/cxml?a=1&b=2" {
			t.Errorf("URL = %q", tr.URL)
		}
	}
	if got := fmt.Sprint(names); got != "[ProfileRequest ConfirmationRequest ShipNoticeRequest InvoiceDetailRequest]" {
		t.Errorf("transactions = %s", got)
	}
}

func TestAnswersAreValidByTheDTD(t *testing.T) {
	dtd := filepath.Join(material.DTD(t), "cXML.dtd")
	xmllint := material.Program(t, "xmllint")
	answers := map[string][]byte{
		"empty":   Response{}.Bytes(),
		"problem": Response{Code: 406, Detail: "<&>", Problems: []Problem{{Line: 1, Column: 1, Path: "/a", Text: "\"quoted\""}}}.Bytes(),
		"profile": ProfileResponse(Profile{Effective: answeredAt, URL: "https://x.example/?a&b"}),
	}
	for name, b := range answers {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(xmllint, "--noout", "--nonet", "--dtdvalid", dtd, "-")
			cmd.Stdin = strings.NewReader(string(b))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("xmllint: %v\n%s\n%s", err, out, b)
			}
		})
	}
}

func TestStatusText(t *testing.T) {
	for code, want := range map[int]string{200: "OK", 201: "Accepted", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 406: "Not Acceptable",
		409: "Conflict", 450: "Not Implemented", 500: "Internal Server Error", 560: "Temporary Server Error", 299: "OK", 499: "Bad Request", 599: "Internal Server Error", 7: "Internal Server Error"} {
		if got := StatusText(code); got != want {
			t.Errorf("StatusText(%d) = %q, want %q", code, got, want)
		}
	}
}

func TestRefusalIsAnError(t *testing.T) {
	_, err := Parse(context.Background(), []byte("<cXML>"), "", Limits{})
	var r *Refusal
	if !errors.As(err, &r) || r.Code() != 406 || !strings.Contains(err.Error(), "line 1, column 7") {
		t.Errorf("Parse = %v", err)
	}
	two := &Refusal{Problems: []Problem{{Code: 400, Text: "One."}, {Code: 400, Text: "Two."}}}
	if got := two.Error(); got != "document refused with 400: One. (and 1 more)" {
		t.Errorf("Error = %q", got)
	}
	if (&Refusal{}).Code() != 500 {
		t.Error("a refusal without a reason is our fault")
	}
}

func TestErrorsAreSafeToLog(t *testing.T) {
	long := Refuse(StatusBadRequest, "a\u009b31m\u2028\u202e\n"+strings.Repeat("b", 2*maxListedLength)).Error()
	if len(long) > 2*maxListedLength {
		t.Errorf("an error has %d bytes", len(long))
	}
	for _, r := range long {
		if !unicode.IsPrint(r) {
			t.Errorf("an error holds %U", r)
		}
	}
}
