package cxml

import (
	"bytes"

	"github.com/beevik/etree"
)

// Reference is an Attachment of the payload: where the document names a file that should come with it.
type Reference struct {
	URL    string // as sent; cid:… by the standard, but senders leave out the scheme
	Path   string
	Line   int
	Column int
}

// References lists every Attachment with a URL within the payload, in document order, wherever it stands: Comments and
// Extrinsic may be anywhere.
func (e *Envelope) References() []Reference {
	if !bytes.Contains(e.source.text, []byte("Attachment")) {
		return nil
	}
	var found findings
	var walk func(*etree.Element)
	walk = func(at *etree.Element) {
		if at.Tag == "Attachment" {
			if url := text(child(at, "URL")); url != "" {
				found.warn(at, "", "", url, "")
			}
			return
		}
		for c := range childElements(at) {
			walk(c)
		}
	}
	walk(e.payload)
	if len(found.warnings) == 0 {
		return nil
	}
	places := locate(e.root, e.source.text, found.warnings)
	all := make([]Reference, 0, len(found.warnings))
	for i, f := range found.warnings {
		all = append(all, Reference{URL: f.value, Path: f.path(), Line: places[i].line, Column: places[i].column})
	}
	return all
}

// WithoutSecrets returns an XML file that came with a document without the content of SharedSecret, CredentialMac and
// DigitalSignature, in its own charset: hubs attach copies of the document itself. What is not text in a known charset is
// searched as it is.
func WithoutSecrets(file []byte, charset string) []byte {
	src, problem := decode(file, charset)
	if problem != nil {
		return cutSecrets(file)
	}
	cut := cutSecrets(src.text)
	if len(cut) == len(src.text) {
		return file
	}
	kept, err := src.encode(cut)
	if err != nil {
		return cut // better in another charset than with a secret
	}
	return kept
}
