package netsuite

import (
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"counterpunch/internal/secret"
)

// TokenStore shares the access token of one sign-in among clients, also of other processes. What it holds is sealed with
// a key that only the owners of the private key can derive. A client goes on without a store that fails.
type TokenStore interface {
	// Load returns what was saved last and its revision; nil and 0 when there is nothing.
	Load(ctx context.Context) (sealed []byte, revision uint64, err error)
	// Save replaces what has this revision (0: nothing is there). It is not saved when somebody else was faster.
	Save(ctx context.Context, sealed []byte, revision uint64) (saved bool, err error)
	// Lock waits until nobody else fetches a token. unlock is called when the fetch has ended; a lock whose owner has
	// died ends by itself.
	Lock(ctx context.Context) (unlock func(), err error)
}

// memory is the TokenStore of one client.
type memory struct {
	turn chan struct{}

	mu       sync.Mutex
	sealed   []byte
	revision uint64
}

func newMemory() *memory { return &memory{turn: make(chan struct{}, 1)} }

// Load implements TokenStore.
func (m *memory) Load(context.Context) ([]byte, uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.sealed, m.revision, nil
}

// Save implements TokenStore.
func (m *memory) Save(_ context.Context, sealed []byte, revision uint64) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if revision != m.revision {
		return false, nil
	}
	m.sealed, m.revision = sealed, revision+1
	return true, nil
}

// Lock implements TokenStore.
func (m *memory) Lock(ctx context.Context) (func(), error) {
	select {
	case m.turn <- struct{}{}:
		return func() { <-m.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// sealer encrypts tokens for a store. Its key comes from the private key, so that there is no further secret to hand out,
// and a token that was sealed under another key is simply none.
type sealer struct {
	aead  cipher.AEAD
	bound []byte // the sign-in that a sealed token belongs to
}

func newSealer(key crypto.Signer, signIn string) (*sealer, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	derived, err := hkdf.Key(sha256.New, der, nil, "counterpunch netsuite token 1", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the key of the token store: %w", err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, fmt.Errorf("derive the key of the token store: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("derive the key of the token store: %w", err)
	}
	return &sealer{aead: aead, bound: []byte(signIn)}, nil
}

type sealedToken struct {
	Token   string    `json:"token"`
	Renew   time.Time `json:"renew"`
	Expires time.Time `json:"expires"`
}

// seal returns a random nonce and the encrypted token. With some tokens an hour, a nonce does not come twice.
func (s *sealer) seal(t *token) ([]byte, error) {
	plain, err := json.Marshal(sealedToken{t.value.Reveal(), t.renew, t.expires})
	if err != nil {
		return nil, fmt.Errorf("seal a token: %w", err)
	}
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	rand.Read(nonce) // never fails: it ends the program instead
	return s.aead.Seal(nonce, nonce, plain, s.bound), nil
}

func (s *sealer) open(sealed []byte) (*token, error) {
	size := s.aead.NonceSize()
	if len(sealed) < size {
		return nil, errors.New("open a sealed token: it is too short")
	}
	plain, err := s.aead.Open(nil, sealed[:size], sealed[size:], s.bound)
	if err != nil {
		return nil, fmt.Errorf("open a sealed token: it belongs to another sign-in or was changed: %w", err)
	}
	var t sealedToken
	if err := json.Unmarshal(plain, &t); err != nil || !tokenForm.MatchString(t.Token) {
		return nil, errors.New("open a sealed token: what it holds is no token")
	}
	return &token{value: secret.New(t.Token), renew: t.Renew, expires: t.Expires}, nil
}
