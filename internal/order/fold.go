package order

import "counterpunch/internal/document"

// Fold returns the state that the live contributions give the order, those that are pending among them.
func (l Ledger) Fold() State {
	l = l.merged()
	s := State{Stated: l.Stated}
	c := l.confirm()
	s.Confirmation, s.Default, s.Lines = c.header, c.standing, c.lines
	s.ship(l.live(document.KindShipNotice))
	return s
}

// confirming is the walk over the live confirmations.
type confirming struct {
	header   *Header
	standing *LineState        // what holds for lines that are not in lines
	lines    map[int]LineState // an empty state is a line reset by `unknown`
	cleared  string            // id of the last document that took back what was said before it
}

func (l Ledger) confirm() confirming {
	w := confirming{lines: make(map[int]LineState)}
	for _, c := range l.live(document.KindOrderConfirmation) {
		if c.Confirmation.Type != document.ConfirmRequestToPay {
			w.take(c)
		}
	}
	return w
}

func (w *confirming) take(c Contribution) {
	o := c.Confirmation
	w.header = header(c)
	if whole(o) || o.Type == document.ConfirmReplace {
		clear(w.lines)
		w.standing, w.cleared = standing(c), c.DocumentID
	}
	for _, it := range o.Items {
		if said, ok := it.said(); ok {
			w.lines[it.Line] = lineState(said, c.DocumentID)
		}
	}
}

// whole reports whether a confirmation speaks of every line. Type replace is apart: it clears what was said of every
// line, but says nothing of those it does not mention.
func whole(o *Confirmation) bool {
	switch o.Type {
	case document.ConfirmAccept, document.ConfirmExcept, document.ConfirmReject:
		return true
	case document.ConfirmBackordered:
		return len(o.Items) == 0
	}
	return false
}

// standing is what a statement about the whole order says of the lines that it does not mention.
func standing(c Contribution) *LineState {
	p := Portion{Comments: c.Confirmation.Comments}
	switch c.Confirmation.Type {
	case document.ConfirmAccept, document.ConfirmExcept:
		p.Status = document.StatusAccept
	case document.ConfirmReject:
		p.Status = document.StatusReject
	case document.ConfirmBackordered:
		p.Status = document.StatusBackordered
	default:
		return nil
	}
	s := lineState([]Portion{p}, c.DocumentID)
	s.Whole = true
	return &s
}

// said returns the portions that state something of the line. The line is left alone (false) when there is none, as in a
// request to pay; it is reset when all of them are unknown.
func (it Item) said() (portions []Portion, ok bool) {
	for _, p := range it.Portions {
		switch p.Status {
		case document.StatusRequestToPay:
		case document.StatusUnknown:
			ok = true
		default:
			portions, ok = append(portions, p), true
		}
	}
	return portions, ok
}

// speaks reports whether the document gives the header or a line, or is why earlier ones are silent.
func (w confirming) speaks(documentID string) bool {
	if w.header != nil && w.header.DocumentID == documentID || w.cleared == documentID {
		return true
	}
	for _, s := range w.lines {
		if s.DocumentID == documentID {
			return true
		}
	}
	return false
}

func header(c Contribution) *Header {
	return &Header{
		DocumentID: c.DocumentID, Number: c.Confirmation.Number, Date: c.Version.NoticeDate,
		Tax: c.Confirmation.Tax, Shipping: c.Confirmation.Shipping, Total: c.Confirmation.Total,
		Comments: c.Confirmation.Comments,
	}
}
