package cxml

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
)

func TestOriginalIsExactButForSecrets(t *testing.T) {
	tests := []struct{ name, in, out string }{
		{"a secret", "<SharedSecret>s3cret</SharedSecret>", "<SharedSecret></SharedSecret>"},
		{"one character", "<SharedSecret>s</SharedSecret>", "<SharedSecret></SharedSecret>"},
		{"white space stays, values of attributes do not", "<SharedSecret\n a = '>s3cret'  b=\"s3cret\"> s3cret\n</SharedSecret >", "<SharedSecret\n a = ''  b=\"\"></SharedSecret >"},
		{"attributes called like a secret", `<a sharedSecret="s3cret" b="c"/><SharedSecret value='s3cret'/>`, `<a sharedSecret="" b="c"/><SharedSecret value=''/>`},
		{"attributes of a mac stay, others do not", `<CredentialMac type="t" creationDate="d" password="s3cret">s3cret</CredentialMac>`, `<CredentialMac type="t" creationDate="d" password=""></CredentialMac>`},
		{"markup in a secret", "<SharedSecret>a<b>s3cret</b><SharedSecret>s3cret</SharedSecret>c</SharedSecret>x", "<SharedSecret></SharedSecret>x"},
		{"CDATA", "<SharedSecret><![CDATA[s3cret</SharedSecret>]]></SharedSecret>", "<SharedSecret></SharedSecret>"},
		{"comment in a secret", "<SharedSecret><!-- </SharedSecret> -->s3cret</SharedSecret>", "<SharedSecret></SharedSecret>"},
		{"empty", "<SharedSecret/><a/><SharedSecret></SharedSecret>", "<SharedSecret/><a/><SharedSecret></SharedSecret>"},
		{"mac and signature", `<CredentialMac type="t">s3cret</CredentialMac><DigitalSignature>s3cret</DigitalSignature>`, `<CredentialMac type="t"></CredentialMac><DigitalSignature></DigitalSignature>`},
		{"prefix and case", `<x:SharedSecret xmlns:x="u">s3cret</x:SharedSecret><sharedsecret>s3cret</sharedsecret>`, `<x:SharedSecret xmlns:x="u"></x:SharedSecret><sharedsecret></sharedsecret>`},
		{"in a comment", "<!-- <SharedSecret>s3cret</SharedSecret> --><a/>", "<!-- <SharedSecret></SharedSecret> --><a/>"},
		{"cut off in a comment", "<!-- <SharedSecret>s3cret --><a/>", "<!-- <SharedSecret>--><a/>"},
		{"in CDATA", "<a><![CDATA[<Sender><SharedSecret>s3cret</SharedSecret>]]></a>", "<a><![CDATA[<Sender><SharedSecret></SharedSecret>]]></a>"},
		{"escaped", "<a>&lt;SharedSecret a='b'&gt;s3cret&lt;/SharedSecret&gt; &lt;x:DigitalSignature&gt;s3&amp;cret</a>", "<a>&lt;SharedSecret a='b'&gt;&lt;/SharedSecret&gt; &lt;x:DigitalSignature&gt;</a>"},
		{"similar names stay", "<SharedSecretary>Ann</SharedSecretary>", "<SharedSecretary>Ann</SharedSecretary>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			frame := strings.Replace(envelopeOf("<ProfileRequest>@@@</ProfileRequest>"), ">acme-secret<", "><", 1)
			in, want := strings.Replace(frame, "@@@", tt.in, 1), strings.Replace(frame, "@@@", tt.out, 1)
			o := mustParse(t, in).Original()
			if o.CXML != want || o.Base64 != "" {
				t.Errorf("kept\n%s\nwant\n%s", o.CXML, want)
			}
			sum := sha256.Sum256([]byte(want))
			if o.SHA256 != hex.EncodeToString(sum[:]) || o.Charset != "UTF-8" || o.MediaType != "text/xml" {
				t.Errorf("original = %+v", o)
			}
		})
	}
}

func TestOriginalKeepsTheCharset(t *testing.T) {
	full := "\r\n<!--é-->" + strings.SplitN(envelopeOf(profile), "\n", 2)[1]
	kept := strings.Replace(full, "acme-secret", "", 1)
	for _, little := range []bool{true, false} {
		e, err := Parse(context.Background(), utf16Bytes(full, little, true), "", Limits{})
		if err != nil {
			t.Fatal(err)
		}
		o := e.Original()
		b, err := o.Bytes()
		if err != nil || string(b) != string(utf16Bytes(kept, little, true)) {
			t.Errorf("kept bytes differ (%v)", err)
		}
		if o.CXML != "" || o.Base64 != base64.StdEncoding.EncodeToString(b) {
			t.Error("a document that is not in UTF-8 must be kept as base64")
		}
	}
	e, err := Parse(context.Background(), []byte("\ufeff"+full), "", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if o := e.Original(); o.CXML != "\ufeff"+kept {
		t.Errorf("kept %q", o.CXML)
	}
}

func TestSecretsStayOutOfProblemsAndDocuments(t *testing.T) {
	for name, body := range map[string]string{
		"entity":     "<cXML><SharedSecret>abc&s3cret;</SharedSecret></cXML>",
		"tag":        "<cXML><SharedSecret>abc<s3cret</SharedSecret></cXML>",
		"never ends": "<cXML><SharedSecret>s3cret",
	} {
		_, err := Parse(context.Background(), []byte(body), "", Limits{})
		if err == nil || strings.Contains(string(Response{Code: 406, Problems: problemsOf(err)}.Bytes()), "s3cret") {
			t.Errorf("%s: the secret shows in %v", name, err)
		}
	}
	d := mustDocument(t, `<ConfirmationRequest><ConfirmationHeader type="accept" noticeDate="2026-09-01T10:00:00Z">
<Comments>c &lt;SharedSecret&gt;s3cret&lt;/SharedSecret&gt;<![CDATA[<CredentialMac type="x">s3cret</CredentialMac>]]></Comments>
<Extrinsic name="x">a<SharedSecret>s3cret</SharedSecret>b</Extrinsic></ConfirmationHeader><OrderReference orderID="1"/></ConfirmationRequest>`)
	if got := d.OrderConfirmation.Extrinsics[0].Value; got != "a b" {
		t.Errorf("extrinsic = %q", got)
	}
	if got := d.OrderConfirmation.Comments[0].Text; got != `c <SharedSecret></SharedSecret><CredentialMac type="x"></CredentialMac>` {
		t.Errorf("comment = %q", got)
	}
}
