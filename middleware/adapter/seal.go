package adapter

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// sealer encrypts and authenticates what travels by way of the browser.
//
// Each sealed text has a key of its own, derived from the secret and 256 random bits that stand before it. So the number
// of texts that one secret may seal has no limit that a program could reach, as one key with random nonces of 96 bits has
// (2^32), and nothing has to be counted, stored or agreed between nodes.
type sealer struct {
	secrets [][]byte // extracted; the first seals, all open
}

const (
	keyLeast = 16 // bytes of a secret
	saltSize = 32
)

func newSealer(secrets [][]byte) (*sealer, error) {
	s := &sealer{}
	for i, secret := range secrets {
		if len(secret) < keyLeast {
			return nil, fmt.Errorf("middleware: Config.Keys[%d] has %d bytes, it needs at least %d", i, len(secret), keyLeast)
		}
		extracted, err := hkdf.Extract(sha256.New, secret, nil)
		if err != nil {
			return nil, fmt.Errorf("middleware: extract key: %w", err)
		}
		s.secrets = append(s.secrets, extracted)
	}
	return s, nil
}

var errSealed = errors.New("middleware: not sealed by us, or for something else")

// seal makes plain unreadable and unchangeable, and useless with any other context.
func (s *sealer) seal(plain []byte, context string) string {
	sealed := make([]byte, saltSize, saltSize+len(plain)+16)
	_, _ = rand.Read(sealed) // never fails
	aead, err := derive(s.secrets[0], sealed)
	if err != nil {
		return "" // of lengths that are right: cannot happen, and what is not sealed is not believed
	}
	sealed = aead.Seal(sealed, make([]byte, aead.NonceSize()), plain, []byte(context)) //nolint:gosec // the key is used once, so its nonce may be zero
	return base64.RawURLEncoding.EncodeToString(sealed)
}

func (s *sealer) open(sealed, context string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(raw) < saltSize {
		return nil, errSealed
	}
	for _, secret := range s.secrets {
		aead, err := derive(secret, raw[:saltSize])
		if err != nil {
			return nil, err
		}
		if plain, err := aead.Open(nil, make([]byte, aead.NonceSize()), raw[saltSize:], []byte(context)); err == nil {
			return plain, nil
		}
	}
	return nil, errSealed
}

// derive makes the key of one text. It is used once, so its nonce may be zero.
func derive(secret, salt []byte) (cipher.AEAD, error) {
	key, err := hkdf.Expand(sha256.New, secret, "htmxlive stream 2"+string(salt), 32)
	if err != nil {
		return nil, fmt.Errorf("middleware: derive key: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("middleware: %w", err)
	}
	return cipher.NewGCM(block)
}
