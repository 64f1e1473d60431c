package cxml

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReferencesAreFoundWhereverTheyStand(t *testing.T) {
	e := mustParse(t, envelopeOf(`<ConfirmationRequest>
<ConfirmationHeader><Comments>see <Attachment><URL> cid:a@b </URL></Attachment><Attachment/></Comments>
<Extrinsic name="x"><Other><Attachment><URL>drawing.pdf</URL></Attachment></Other></Extrinsic></ConfirmationHeader>
</ConfirmationRequest>`))
	const header = "/cXML/Request/ConfirmationRequest/ConfirmationHeader"
	want := []Reference{
		{URL: "cid:a@b", Path: header + "/Comments/Attachment[1]", Line: 9, Column: 35},
		{URL: "drawing.pdf", Path: header + "/Extrinsic/Other/Attachment", Line: 10, Column: 28},
	}
	if diff := cmp.Diff(want, e.References()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := mustParse(t, envelopeOf("<ProfileRequest/>")).References(); got != nil {
		t.Errorf("%+v in a document without attachments", got)
	}
}

func TestFilesLoseTheirSecrets(t *testing.T) {
	utf16 := func(s string) []byte {
		b := []byte{0xFF, 0xFE}
		for _, c := range []byte(s) {
			b = append(b, c, 0)
		}
		return b
	}
	const file = "<cXML><SharedSecret>canary</SharedSecret></cXML>"
	for name, in := range map[string][]byte{
		"UTF-8": []byte(file), "UTF-16": utf16(file), "invalid UTF-8": []byte("<a>\xff" + file + "</a>"),
		"a copy as text": []byte("<a><![CDATA[" + file + "]]></a>"),
	} {
		got := string(WithoutSecrets(in, ""))
		if strings.Contains(strings.ReplaceAll(got, "\x00", ""), "canary") {
			t.Errorf("%s: the secret is kept", name)
		}
		if len(got) != len(in)-len("canary")*len(in)/max(len(in), 1) && name == "UTF-8" {
			t.Errorf("%s: %d bytes of %d are left", name, len(got), len(in))
		}
	}
	for _, in := range []string{"%PDF-1.7 \xff\x00", "<invoice/>", ""} {
		if got := string(WithoutSecrets([]byte(in), "")); got != in {
			t.Errorf("%q became %q", in, got)
		}
	}
}
