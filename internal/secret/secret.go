// Package secret holds values that must not be printed.
package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"

	"github.com/rs/zerolog"
)

// Masked is what every way of printing a Value shows.
const Masked = "<secret>"

// Value is a secret. It cannot be printed, logged or marshalled by accident; Reveal is the only way to its text.
type Value struct {
	// A pointer, because fmt prints unexported fields of a struct without asking for String.
	text *string
}

// New wraps text.
func New(text string) Value { return Value{text: &text} }

// Reveal returns the secret itself. Call it only where the secret is used: to sign or to compare.
func (v Value) Reveal() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// IsZero reports whether there is no secret.
func (v Value) IsZero() bool { return v.Reveal() == "" }

// Equal compares in time that does not depend on the contents, nor on the lengths. An empty secret equals nothing.
func (v Value) Equal(o Value) bool {
	a, b := sha256.Sum256([]byte(v.Reveal())), sha256.Sum256([]byte(o.Reveal()))
	same := subtle.ConstantTimeCompare(a[:], b[:]) == 1
	return same && !v.IsZero()
}

// String implements fmt.Stringer.
func (v Value) String() string { return Masked }

// GoString implements fmt.GoStringer.
func (v Value) GoString() string { return Masked }

// MarshalText implements encoding.TextMarshaler for YAML and map keys.
func (v Value) MarshalText() ([]byte, error) { return []byte(Masked), nil }

// MarshalJSON implements json.Marshaler.
func (v Value) MarshalJSON() ([]byte, error) { return json.Marshal(Masked) }

// MarshalZerologObject implements zerolog.LogObjectMarshaler.
func (v Value) MarshalZerologObject(e *zerolog.Event) { e.Bool("configured", !v.IsZero()) }

// UnmarshalText refuses the masked form, so that a printed configuration cannot be loaded back as a real one.
func (v *Value) UnmarshalText(text []byte) error {
	if string(text) == Masked {
		return errors.New("a masked secret cannot be loaded: give the secret by env: or file: reference")
	}
	*v = New(string(text))
	return nil
}
