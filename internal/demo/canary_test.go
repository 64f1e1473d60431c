package demo_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"counterpunch/internal/config"
	"counterpunch/internal/demo"
	"counterpunch/internal/demo/demotest"
	"counterpunch/internal/secret"
)

const (
	// canary is the secret that is looked for, and canaryHalf a part of it that gives it away too.
	canary     = "Zq7Xv9Kp2Lm5Rt8Wd3Hn6Bc4"
	canaryHalf = "Zq7Xv9Kp2Lm5"
	// known is a text that is no secret. The search has to find it in every place where it looks for the canary.
	known = "Yw4Mb8Gf2Js6Nt9Pc1"
)

// TestCanarySingsNowhere posts a secret in every form that a credential can have, in documents that are accepted, refused
// and broken, and looks for it wherever something of a document is kept or shown.
func TestCanarySingsNowhere(t *testing.T) {
	var log bytes.Buffer
	w := demotest.Open(t, demo.Options{Directory: t.TempDir(), Log: zerolog.New(zerolog.SyncWriter(&log)), Change: func(c *config.Config) {
		unstressed(c)
		own := &c.Suppliers[0].Credentials[0]
		own.Secrets = append(own.Secrets, config.Secret{Value: secret.New(canary), Reference: "plain:"})
		c.Suppliers[0].Credentials = append(c.Suppliers[0].Credentials, config.Credential{
			Domain: "NetworkID", Identity: "AN-ACME", Secrets: []config.Secret{{Value: secret.New(canary + "-2"), Reference: "plain:"}}})
	}})
	places := map[string][]byte{}
	accepted := 0
	for _, p := range canaryPosts() {
		got, err := p.send(w.Addresses().Suppliers)
		if err != nil || got.code != p.code {
			t.Errorf("%s: answer %s, want %d, %v: %.300s", p.name, got, p.code, err, got.text)
		}
		places["the answers"] = append(places["the answers"], got.text...)
		if got.id == "" {
			continue
		}
		accepted++
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		if _, err := w.Rest(ctx, got.id); err != nil {
			t.Errorf("%s: %v", p.name, err)
		}
		cancel()
		for _, authorization := range []func(*http.Request){
			func(r *http.Request) { r.SetBasicAuth("acme", canary) },
			func(r *http.Request) { r.SetBasicAuth("acme", canary+"x") },
			func(r *http.Request) { r.SetBasicAuth(canary, "x") },
			func(r *http.Request) { r.URL.RawQuery = "token=" + canary },
			func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+canary) },
		} {
			url := strings.TrimSuffix(w.Addresses().Suppliers, "/cxml") + "/documents/" + got.id
			places["the states"] = append(places["the states"], fetch(t, url, authorization)...)
		}
	}
	if accepted < 15 {
		t.Errorf("only %d documents were accepted", accepted)
	}
	nothing := func(*http.Request) {}
	places["the metrics"] = slices.Concat(fetch(t, w.Addresses().IngestAdmin+"/metrics", nothing), fetch(t, w.Addresses().WorkerAdmin+"/metrics", nothing))
	for name, messages := range everyMessage(t, w) {
		places[name] = messages
	}
	directory := w.Directory()
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	places["the log"] = log.Bytes()
	for name, content := range everyFile(t, directory) {
		places[name] = content
	}
	mustFindKnown(t, places)
	forms := formsOf(canary, canaryHalf)
	bytesSearched := 0
	for name, content := range places {
		bytesSearched += len(content)
		for _, f := range forms {
			if at := bytes.Index(content, f.bytes); at >= 0 {
				t.Errorf("%s holds the canary %s: …%.120q…", name, f.name, content[max(0, at-60):min(len(content), at+60)])
			}
		}
	}
	t.Logf("%d documents accepted of %d; searched %d places with %d KB for %d forms of the canary", accepted, len(canaryPosts()), len(places), bytesSearched>>10, len(forms))
}

// mustFindKnown fails the test unless the search finds what is there: it would find the canary too.
func mustFindKnown(t *testing.T, places map[string][]byte) {
	t.Helper()
	found := map[string][]string{}
	for _, f := range formsOf(known) {
		for name, content := range places {
			if bytes.Contains(content, f.bytes) {
				found[f.name] = append(found[f.name], name)
			}
		}
	}
	for _, form := range []string{"as it is", "in UTF-16LE, base64 1"} { // of a document in UTF-8, and one in UTF-16
		if !slices.ContainsFunc(found[form], func(name string) bool { return strings.HasPrefix(name, "stream INBOUND") }) {
			t.Errorf("the known text is not found %s in INBOUND, only %v: the search proves nothing", form, found)
		}
		if !slices.ContainsFunc(found[form], func(name string) bool {
			return strings.Contains(name, "INBOUND") && strings.HasSuffix(name, ".blk")
		}) {
			t.Errorf("the known text is not found %s in the files of INBOUND, only %v: is the stream compressed?", form, found)
		}
	}
	for _, name := range []string{"stream DEADLETTERS", "stream PARKED", "stream OBJ_ORIGINALS"} {
		if content, ok := places[name]; ok && !bytes.Contains(content, []byte(known)) {
			t.Errorf("the known text is not in %s, where documents with it are", name)
		} else if !ok {
			t.Errorf("there is no %s, only %q", name, slices.Collect(keysOf(places)))
		}
	}
}

func keysOf(m map[string][]byte) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// form is a way in which a text may be written.
type form struct {
	name  string
	bytes []byte
}

// formsOf returns the texts in every encoding in which they could be kept. base64 of something longer is recognised by
// what is the same in each of the three ways in which it can fall into groups of three.
func formsOf(texts ...string) []form {
	var forms []form
	for _, s := range texts {
		for name, raw := range map[string][]byte{"as it is": []byte(s), "in UTF-16BE": utf16Of([]byte(s), true, false), "in UTF-16LE": utf16Of([]byte(s), false, false)} {
			forms = append(forms, form{name, raw}, form{name + ", hex", []byte(hex.EncodeToString(raw))})
			for shift := range 3 {
				padded := append(make([]byte, shift), raw...)
				encoded := base64.StdEncoding.EncodeToString(padded[:len(padded)/3*3])
				forms = append(forms, form{fmt.Sprintf("%s, base64 %d", name, shift), []byte(encoded[4*((shift+2)/3):])})
			}
		}
		references := ""
		for _, c := range s {
			references += fmt.Sprintf("&#%d;", c)
		}
		forms = append(forms, form{"in references", []byte(references)}, form{"backwards", []byte(backwards(s))})
	}
	return forms
}

func backwards(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// canaryPosts are documents with the canary in each place where a secret may stand.
func canaryPosts() []attack {
	shared := "<SharedSecret>" + canary + "</SharedSecret>"
	marked := []string{">none<", ">" + known + "<"}
	x := func(name string, code int, changes ...string) attack {
		return attack{name: name, code: code, request: request{body: letter(append(changes, marked...)...)}}
	}
	in := func(name string, code int, secret string) attack { return x(name, code, letterSecret, secret) }
	references := ""
	for _, c := range canary {
		references += fmt.Sprintf("&#%d;", c)
	}
	own := `<Credential domain="DUNS"><Identity>111111111</Identity>` + shared + `</Credential>`
	latin := bytes.Replace(bytes.ReplaceAll(letter(letterSecret, shared, ">none<", ">"+known+"@@<"), []byte("@@"), []byte("\xe9")), []byte("UTF-8"), []byte("ISO-8859-1"), 1)
	large := letter(letterSecret, shared, ">none<", ">"+known+strings.Repeat(" and more of it", 5_000)+"</Comments><Comments>"+strings.Repeat(" and more", 25_000)+"<")
	part := "--b\r\nContent-Type: text/xml; charset=UTF-8\r\nContent-ID: <root>\r\n\r\n" + string(letter(letterSecret, shared, ">none<", ">part "+known+"<")) + "\r\n--b--\r\n"
	return []attack{
		in("SharedSecret", 200, shared),
		in("wrong secret", 401, "<SharedSecret>"+canary+"x</SharedSecret>"),
		in("blanks around", 200, "<SharedSecret>\n  "+canary+"\n</SharedSecret>"),
		in("CDATA", 200, "<SharedSecret><![CDATA["+canary+"]]></SharedSecret>"),
		in("CDATA in pieces", 200, "<SharedSecret><![CDATA["+canary[:9]+"]]><![CDATA["+canary[9:]+"]]></SharedSecret>"),
		in("references", 200, "<SharedSecret>"+references+"</SharedSecret>"),
		in("a comment inside", 200, "<SharedSecret>"+canary[:12]+"<!-- "+canary+" -->"+canary[12:]+"</SharedSecret>"),
		in("an old one commented out", 200, "<!-- "+shared+" -->"+shared),
		in("commented out with more", 200, "<!-- <Credential><SharedSecret>"+canary+"</SharedSecret><Identity/></Credential> -->"+shared),
		in("in CDATA beside it", 200, shared+"<Note><![CDATA["+shared+"]]></Note>"),
		in("with an attribute", 200, `<SharedSecret type="`+canary+`">`+canary+"</SharedSecret>"),
		in("in an attribute of its own", 401, `<SharedSecret value="`+canary+`"/>`),
		in("in attributes of everything", 200, shared+`<Note sharedSecret='`+canary+`'/><x:CredentialMac xmlns:x="u" x:password = "`+canary+`"/>`),
		x("in an attribute of the credential", 200, letterSender, strings.Replace(own, `domain="DUNS"`, `domain="DUNS" sharedSecret="`+canary+`"`, 1)),
		x("in From", 200, letterFrom, "<From>"+own+"</From>"),
		x("in To", 200, "</Credential></To>", shared+"</Credential></To>"),
		x("wrong in From, other parties", 403, letterFrom, "<From>"+strings.Replace(own, "111111111", "999999999", 1)+"</From>"),
		in("CredentialMac beside it", 401, macElement("HMAC-SHA1-96", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", canary)),
		in("CredentialMac and secret", 200, shared+macElement("HMAC-SHA1-96", "2026-01-01T00:00:00Z", "2099-01-02T00:00:00Z", canary)),
		in("DigitalSignature and secret", 200, shared+`<DigitalSignature type="PK7 self-contained" encoding="Base64">`+canary+`</DigitalSignature>`),
		in("markup in the signature", 200, shared+`<DigitalSignature><a>`+canary+`</a><b c="`+canary+`"/></DigitalSignature>`),
		in("prefixed", 401, `<c:SharedSecret xmlns:c="u">`+canary+`</c:SharedSecret>`),
		in("in another case", 401, "<sharedsecret>"+canary+"</sharedsecret>"),
		x("escaped in a comment element", 200, letterSecret, shared, "<Comments>none", "<Comments>"+known+" &lt;SharedSecret&gt;"+canary+"&lt;/SharedSecret&gt;<!-- none --></Comments><Comments>none"),
		x("a whole header in a comment element", 200, letterSecret, shared, "<Comments>none", "<Comments><![CDATA["+own+"]]></Comments><Comments>none"),
		x("in the payload", 200, letterSecret, shared, "<Comments>none", "<Extrinsic name=\"old\">"+shared+"</Extrinsic><Comments>none"),
		x("dead letter", 200, letterSecret, shared, "NOT-AN-ORDER", "PO-2010"),
		x("a problem beside it", 400, letterSecret, shared, `quantity="1" lineNumber`, `quantity="one" lineNumber`),
		{name: "large", code: 200, request: request{body: large}},
		{name: "large in UTF-16", code: 200, request: request{body: utf16Of(bytes.Replace(large, []byte("@acme.example"), []byte("@2.acme.example"), 1), true, true)}},
		{name: "UTF-16", code: 200, request: request{body: utf16Of(letter(letterSecret, shared, ">none<", ">little "+known+"<"), false, true)}},
		{name: "UTF-16BE", code: 200, request: request{body: utf16Of(letter(letterSecret, shared, ">none<", ">big "+known+"<"), true, true)}},
		{name: "ISO-8859-1", code: 200, request: request{body: latin}},
		{name: "gzip", code: 200, request: request{encoding: "gzip", body: zipped(letter(letterSecret, shared, ">none<", ">packed "+known+"<"))}},
		{name: "multipart", code: 200, request: request{contentType: "multipart/related; boundary=b; start=root", body: []byte(part)}},
		{name: "Authorization", code: 200, request: request{header: http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("acme:"+canary))}, "Cookie": {canary}},
			body: letter(letterSecret, shared, ">none<", ">header "+known+"<")}},
		{name: "cut inside", code: 406, request: request{body: letter(letterSecret, shared)[:bytes.Index(letter(letterSecret, shared), []byte(canary))+20]}},
		in("never closed", 406, "<SharedSecret>"+canary),
		in("closed by another name", 406, "<SharedSecret>"+canary+"</SharedSecre>"),
		in("a bare ampersand", 406, "<SharedSecret>a&"+canary+"</SharedSecret>"),
		in("an entity", 406, "<SharedSecret>a&"+canary+";</SharedSecret>"),
		in("a bare bracket", 406, "<SharedSecret>a<"+canary+"</SharedSecret>"),
		in("a bracket and a blank", 406, "<SharedSecret>a<"+canary+" b</SharedSecret>"),
		in("an end tag inside", 406, "<SharedSecret>a</"+canary+"></SharedSecret>"),
		in("an instruction inside", 406, "<SharedSecret><?"+canary+" ?></SharedSecret>"),
		in("a declaration inside", 406, "<SharedSecret><!"+canary+"></SharedSecret>"),
		in("an attribute without quotes", 406, "<SharedSecret a="+canary+">b</SharedSecret>"),
		in("an attribute without value", 406, "<SharedSecret "+canary+">b</SharedSecret>"),
		in("an attribute twice", 406, "<SharedSecret "+canary+"='1' "+canary+"='2'>b</SharedSecret>"),
		in("a control character", 406, "<SharedSecret>"+canary+"\x01</SharedSecret>"),
		in("bytes that are no UTF-8", 406, "<SharedSecret>"+canary+"\xff</SharedSecret>"),
		in("a MAC that is not well-formed", 406, "<CredentialMac type=\"FromSenderCredentials\">&"+canary+";</CredentialMac>"),
		in("as an element's name", 200, shared[:14]+"<"+canary+"/>"+shared[14:]),
		in("twice", 400, shared+shared),
		x("a document that is not well-formed after it", 406, letterSecret, shared, "</UnitOfMeasure>", "</UnitOfMeasur>"),
	}
}

// fetch returns the body of an answer to GET.
func fetch(t *testing.T, url string, change func(*http.Request)) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	change(req)
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	_ = resp.Header.Write(&all) // a buffer takes every write
	all.Write(body)
	return all.Bytes()
}

// everyMessage returns subjects, headers and data of all messages of each stream, buckets and objects included.
func everyMessage(t *testing.T, w *demo.World) map[string][]byte {
	t.Helper()
	nc, err := nats.Connect(w.Addresses().NATS)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for info := range js.ListStreams(t.Context()).Info() {
		stream, err := js.Stream(t.Context(), info.Config.Name)
		if err != nil {
			t.Fatal(err)
		}
		var content []byte
		for seq := info.State.FirstSeq; seq > 0 && seq <= info.State.LastSeq; seq++ {
			m, err := stream.GetMsg(t.Context(), seq)
			if err != nil {
				continue // deleted
			}
			content = append(content, m.Subject...)
			for name, values := range m.Header {
				content = fmt.Appendf(content, "\n%s: %s", name, values)
			}
			content = append(append(content, '\n'), m.Data...)
		}
		all["stream "+info.Config.Name] = content
	}
	return all
}

// everyFile returns the content of all files below a folder.
func everyFile(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		all[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
