package cxml

import (
	"fmt"
	"strings"
	"time"

	"counterpunch/internal/document"
)

// DocumentOptions say how to read what a document leaves open.
type DocumentOptions struct {
	// Zone holds for times without a zone: the supplier's configured one. nil means UTC.
	Zone *time.Location
}

// Document checks and normalises the payload. The error is a *Refusal that lists every problem: 450 when the payload is
// none of the three kinds, else 400.
func (e *Envelope) Document(o DocumentOptions) (*document.Document, error) {
	kind, ok := e.Kind()
	if !ok {
		return nil, Refuse(StatusNotImplemented, fmt.Sprintf(
			"%s is not supported. Supported are ConfirmationRequest, ShipNoticeRequest and InvoiceDetailRequest.", clip(e.PayloadName())))
	}
	r := &reader{zone: o.Zone}
	if r.zone == nil {
		r.zone = time.UTC
	}
	if n := e.lines(); n > e.lim.Lines {
		r.problem(e.payload, "", "The document has %d lines; at most %d are accepted. Split it.", n, e.lim.Lines)
		return nil, r.refusal(e.root, e.source.text)
	}
	d := &document.Document{
		Kind:           kind,
		PayloadID:      e.PayloadID,
		Timestamp:      r.date(e.root, "timestamp", optional),
		Version:        e.Version,
		DeploymentMode: e.DeploymentMode,
		From:           names(e.From),
		To:             names(e.To),
		Sender:         names(e.Sender),
		UserAgent:      e.UserAgent,
	}
	if e.PayloadID == "" {
		r.warn(e.root, "payloadID", warnMissing, "", "The document has no payloadID; a resend is recognised by its content only.")
	}
	switch kind {
	case document.KindOrderConfirmation:
		d.OrderConfirmation = r.confirmation(e.payload)
	case document.KindShipNotice:
		d.ShipNotice = r.shipNotice(e.payload)
	case document.KindInvoice:
		d.Invoice = r.invoice(e.payload)
	}
	r.compareContent(e.root)
	warnings := r.warned(e.root, e.source.text)
	if refusal := r.refusal(e.root, e.source.text); refusal != nil {
		refusal.Warnings = warnings
		return nil, refusal
	}
	d.Warnings = warnings
	return d, nil
}

// lines counts the elements that become lines of the normalised document.
func (e *Envelope) lines() int {
	n := 0
	for c := range childElements(e.payload) {
		switch c.Tag {
		case "ConfirmationItem":
			n++
		case "InvoiceDetailHeaderOrder":
			n++
		case "ShipNoticePortion", "InvoiceDetailOrder":
			for l := range childElements(c) {
				if strings.HasSuffix(l.Tag, "Item") {
					n++
				}
			}
		}
	}
	return n
}

// names returns credentials without their secrets.
func names(credentials []Credential) []document.Credential {
	all := make([]document.Credential, 0, len(credentials))
	for _, c := range credentials {
		all = append(all, document.Credential{Domain: c.Domain, Identity: c.Identity})
	}
	return all
}
