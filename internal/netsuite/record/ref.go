package record

import (
	"encoding/json"
	"fmt"
)

// Ref is a reference to another record, or the value of an enumeration.
type Ref struct {
	ID      string `json:"id,omitempty"`
	RefName string `json:"refName,omitempty"` // what NetSuite's pages show; empty when NetSuite sent the id alone
}

// IsZero reports whether nothing is referred to.
func (r Ref) IsZero() bool { return r == Ref{} }

// UnmarshalJSON takes {"id","refName"}, with or without links, and a bare id as text or number. null is the zero Ref.
func (r *Ref) UnmarshalJSON(raw []byte) error {
	if first(raw) != '{' {
		id, err := scalar(raw)
		*r = Ref{ID: id}
		return err
	}
	var whole struct {
		ID      json.RawMessage `json:"id"`
		RefName json.RawMessage `json:"refName"`
	}
	if err := json.Unmarshal(raw, &whole); err != nil {
		return err
	}
	var err error
	if r.ID, err = scalar(whole.ID); err != nil {
		return fmt.Errorf("id: %w", err)
	}
	if r.RefName, err = scalar(whole.RefName); err != nil {
		return fmt.Errorf("refName: %w", err)
	}
	return nil
}
