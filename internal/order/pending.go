package order

// Enter takes in what a document that is about to be written says, and reports whether the ledger changed. The contribution
// counts from now on, but nothing that it takes the place of is given up before Settle, so that Withdraw leaves no trace.
// Contributions of several documents may be pending at once.
func (l *Ledger) Enter(c Contribution) (changed bool) {
	if held, ok := l.Pending[c.DocumentID]; ok && (held.Sequence > c.Sequence || held.Sequence == c.Sequence && same(held, c)) {
		return false
	}
	// What is pending may be withdrawn, so that only what is settled makes a contribution needless.
	settled := l.Clone()
	if !settled.Add(c) {
		return false
	}
	if l.Pending == nil {
		l.Pending = make(map[string]Contribution)
	}
	l.Pending[c.DocumentID] = c
	return true
}

// Settle adds what a document has pending for good: NetSuite shows it.
func (l *Ledger) Settle(documentID string) {
	if c, ok := l.Pending[documentID]; ok {
		delete(l.Pending, documentID)
		l.Add(c)
	}
}

// Withdraw takes out what a document has pending, as if it had not come, and reports whether there was anything. What has
// been settled stays.
func (l *Ledger) Withdraw(documentID string) bool {
	_, ok := l.Pending[documentID]
	delete(l.Pending, documentID)
	return ok
}

// merged returns a copy in which all that is pending is added. In which order does not matter.
func (l Ledger) merged() Ledger {
	all := l.Clone()
	all.Pending = nil
	for _, c := range l.Pending {
		all.Add(c)
	}
	return all
}
