package cxml

import (
	"strings"
	"time"

	"counterpunch/internal/document"
	"counterpunch/internal/secret"
	"github.com/beevik/etree"
)

// Deployment modes of a request.
const (
	Production = "production"
	Test       = "test"
)

// Envelope is a well-formed cXML document whose header has been read. It does not change after Parse and may be used by
// several goroutines.
type Envelope struct {
	PayloadID string // "" when empty: then it names nothing
	Version   string // of cXML, as declared
	Lang      string
	// Timestamp is nil when it is missing or cannot be read. Without a zone it is taken as UTC.
	Timestamp      *time.Time
	From           []Credential
	To             []Credential
	Sender         []Credential
	UserAgent      string
	DeploymentMode string // Production or Test

	source  source
	root    *etree.Element
	payload *etree.Element
	lim     Limits
}

// Credential names a party. A party may have several, which all name it; a secret holds only for the one it stands in.
type Credential struct {
	Domain   string
	Type     string
	Identity string       // without outer white space
	Secret   secret.Value // without outer white space, which indentation adds
	Mac      *Mac
}

// Mac is a CredentialMac. The attributes are the literal strings, because the MAC was computed over them.
type Mac struct {
	Type           string
	Algorithm      string
	CreationDate   string
	ExpirationDate string
	Value          secret.Value
}

// payloadKinds are the requests that are brought into NetSuite.
var payloadKinds = map[string]document.Kind{
	"ConfirmationRequest":  document.KindOrderConfirmation,
	"ShipNoticeRequest":    document.KindShipNotice,
	"InvoiceDetailRequest": document.KindInvoice,
}

// PayloadName returns the name of the one element under Request, such as ConfirmationRequest.
func (e *Envelope) PayloadName() string { return qualified(e.payload.Space, e.payload.Tag) }

// Kind returns what kind of document the request is, or false when it is none of the three.
func (e *Envelope) Kind() (document.Kind, bool) {
	k, ok := payloadKinds[e.PayloadName()]
	return k, ok
}

func newEnvelope(src source, root *etree.Element, lim Limits) (*Envelope, error) {
	e := &Envelope{
		PayloadID: attrText(root, "payloadID"),
		Version:   attrText(root, "version"),
		Lang:      lang(root),
		source:    src,
		root:      root,
		lim:       lim,
	}
	var f findings
	if root.Tag != "cXML" {
		f.refuse(StatusNotAcceptable, root, "", "The root element is <%s>; a cXML document starts with <cXML>.", clip(root.Tag))
		return nil, f.refusal(root, src.text)
	}
	if m, err := parseMoment(attrText(root, "timestamp"), time.UTC); err == nil {
		e.Timestamp = &m.time
	}
	e.readRequest(&f)
	if len(f.problems) == 0 {
		e.readHeader(&f)
	}
	if r := f.refusal(root, src.text); r != nil {
		return nil, r
	}
	return e, nil
}

// readRequest finds the one payload. Exactly one element may stand directly under Request: to search deeper, or to take
// the first of several, would process a confirmation that waits inside an approval.
func (e *Envelope) readRequest(f *findings) {
	request := child(e.root, "Request")
	if request == nil {
		switch {
		case child(e.root, "Message") != nil:
			f.refuse(StatusNotImplemented, child(e.root, "Message"), "", "A Message is not supported. Send a Request.")
		case child(e.root, "Response") != nil:
			f.problem(child(e.root, "Response"), "", "The document is a Response. Send a Request.")
		default:
			f.problem(e.root, "", "The document has no Request.")
		}
		return
	}
	for _, other := range []string{"Message", "Response"} {
		if c := child(e.root, other); c != nil {
			f.problem(c, "", "A %s stands beside the Request. Send one Request alone.", other)
		}
	}
	requests := 0
	for r := range children(e.root, "Request") {
		if requests++; requests > 1 {
			f.problem(r, "", "A second Request stands in the document. Send one a document.")
		}
	}
	for c := range childElements(request) {
		if e.payload != nil {
			f.problem(c, "", "<%s> stands beside <%s> under Request. Exactly one element may stand there.", clip(c.Tag), clip(e.payload.Tag))
			continue
		}
		e.payload = c
	}
	if e.payload == nil {
		f.problem(request, "", "The Request is empty. Put one ConfirmationRequest, ShipNoticeRequest or InvoiceDetailRequest into it.")
	}
	switch mode := attrText(request, "deploymentMode"); {
	case mode == "" || strings.EqualFold(mode, Production):
		e.DeploymentMode = Production
	case strings.EqualFold(mode, Test):
		e.DeploymentMode = Test
	default:
		// A guess could bring a test into production.
		f.problem(request, "deploymentMode", "deploymentMode is %q; it must be production or test.", clip(mode))
	}
}

func (e *Envelope) readHeader(f *findings) {
	header := child(e.root, "Header")
	if header == nil {
		f.problem(e.root, "", "The document has no Header with From, To and Sender.")
		return
	}
	headers := 0
	for h := range children(e.root, "Header") {
		if headers++; headers > 1 {
			f.problem(h, "", "A second Header stands in the document.")
		}
	}
	for _, party := range []struct {
		name string
		into *[]Credential
	}{{"From", &e.From}, {"To", &e.To}, {"Sender", &e.Sender}} {
		element := child(header, party.name)
		if element == nil {
			f.problem(header, "", "The Header has no %s.", party.name)
			continue
		}
		n := 0
		for p := range children(header, party.name) {
			if n++; n > 1 {
				f.problem(p, "", "A second %s stands in the Header.", party.name)
			}
		}
		for c := range children(element, "Credential") {
			*party.into = append(*party.into, readCredential(c, f))
		}
		if len(*party.into) == 0 {
			f.problem(element, "", "%s has no Credential.", party.name)
		}
	}
	e.UserAgent = text(child(header, "Sender", "UserAgent"))
}

// readCredential keeps the secret with the credential it stands in: joined to another, it would let one party sign in
// with the name of a second.
func readCredential(e *etree.Element, f *findings) Credential {
	c := Credential{
		Domain:   attrText(e, "domain"),
		Type:     attrText(e, "type"),
		Identity: text(child(e, "Identity")),
	}
	if identity := child(e, "Identity"); identity != nil && len(identity.ChildElements()) > 0 {
		c.Identity = deepText(identity) // it may hold any markup
	}
	for _, name := range []string{"Identity", "SharedSecret", "CredentialMac"} {
		n := 0
		for again := range children(e, name) {
			if n++; n > 1 {
				f.problem(again, "", "A second %s stands in one Credential.", name)
			}
		}
	}
	if s := child(e, "SharedSecret"); s != nil {
		c.Secret = secret.New(text(s))
	}
	if m := child(e, "CredentialMac"); m != nil {
		c.Mac = &Mac{Value: secret.New(text(m))}
		c.Mac.Type, _ = attr(m, "type")
		c.Mac.Algorithm, _ = attr(m, "algorithm")
		c.Mac.CreationDate, _ = attr(m, "creationDate")
		c.Mac.ExpirationDate, _ = attr(m, "expirationDate")
	}
	return c
}
