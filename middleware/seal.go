package middleware

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// sealer encrypts and authenticates what travels by way of the browser.
type sealer struct {
	keys []cipher.AEAD // the first seals, all open
}

const keyLeast = 16 // bytes

func newSealer(secrets [][]byte) (*sealer, error) {
	s := &sealer{}
	for i, secret := range secrets {
		if len(secret) < keyLeast {
			return nil, fmt.Errorf("middleware: Config.Keys[%d] has %d bytes, it needs at least %d", i, len(secret), keyLeast)
		}
		key, err := hkdf.Key(sha256.New, secret, nil, "htmxlive stream 1", 32)
		if err != nil {
			return nil, fmt.Errorf("middleware: derive key: %w", err)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("middleware: %w", err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("middleware: %w", err)
		}
		s.keys = append(s.keys, aead)
	}
	return s, nil
}

var errSealed = errors.New("middleware: not sealed by us, or for something else")

// seal makes plain unreadable and unchangeable, and useless with any other context.
func (s *sealer) seal(plain []byte, context string) string {
	return base64.RawURLEncoding.EncodeToString(s.keys[0].Seal(nil, nil, plain, []byte(context))) //nolint:gosec // the nonce is random: NewGCMWithRandomNonce
}

func (s *sealer) open(sealed, context string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return nil, errSealed
	}
	for _, key := range s.keys {
		if plain, err := key.Open(nil, nil, raw, []byte(context)); err == nil {
			return plain, nil
		}
	}
	return nil, errSealed
}
