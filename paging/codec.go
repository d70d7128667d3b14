package paging

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
)

// Codec seals cursors: what a cursor holds (the sort values of a row, which the viewer may not be meant to see) cannot be
// read, and a cursor that was not made here, for the same scope, is refused. Sealing is deterministic, so the same place
// has the same URL. A Codec is safe for concurrent use.
type Codec struct {
	keys []codecKey
	text *base64.Encoding
}

// codecKey holds what one of the caller's keys is stretched to.
type codecKey struct {
	aead  cipher.AEAD
	nonce []byte
}

// codecVersion is the first byte of everything sealed, so that a later form can be told from this one. It is part of what
// is authenticated: bytes that were sealed in one form are never opened as another.
const codecVersion = 2

// MinKey is the least length of a key for NewCodec, in bytes.
const MinKey = 16

// NewCodec makes a Codec. The first key seals, all of them open. To rotate, put a new key behind the old one, then, once
// every process has it, in front, and drop the old one when links that were made with it may fail. What was sealed with
// an older key is read and sealed anew, so links that are followed in the meantime outlive it. Keys are secrets of at
// least 16 bytes of any origin, shared by all processes that serve the same pages. It panics when there is no key or one
// is too short.
func NewCodec(keys ...[]byte) *Codec {
	if len(keys) == 0 {
		panic("paging: NewCodec needs a key")
	}
	c := &Codec{text: strictBase64()}
	for i, key := range keys {
		if len(key) < MinKey {
			panic(fmt.Sprintf("paging: key %d has %d bytes, want at least %d", i, len(key), MinKey))
		}
		c.keys = append(c.keys, newCodecKey(key))
	}
	return c
}

// RandomCodec makes a Codec with a key that nobody else has: for tests, and for programs with cursors that need not outlive
// them.
func RandomCodec() *Codec {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails since Go 1.24
	return NewCodec(key)
}

func newCodecKey(secret []byte) codecKey {
	block, err := aes.NewCipher(derive(secret, "encrypt"))
	if err != nil {
		panic("paging: " + err.Error()) // the derived key always has 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("paging: " + err.Error())
	}
	return codecKey{aead: aead, nonce: derive(secret, "nonce")}
}

func derive(secret []byte, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, secret, nil, "htmxlive/paging "+purpose, sha256.Size)
	if err != nil {
		panic("paging: " + err.Error())
	}
	return key
}

// strictBase64 refuses a last character with stray bits, so that one place has one cursor only.
func strictBase64() *base64.Encoding { return base64.RawURLEncoding.Strict() }

// seal encrypts plain so that only open with the same purpose and scope gives it back. The same plaintext always looks
// the same.
func (c *Codec) seal(purpose, scope string, plain []byte) string {
	k := c.keys[0]
	bound := bind(purpose, scope)
	out := make([]byte, 1, 1+k.aead.NonceSize()+len(plain)+k.aead.Overhead())
	out[0] = codecVersion
	out = append(out, k.nonceOf(bound, plain)...)
	out = k.aead.Seal(out, out[1:], plain, bound)
	return c.text.EncodeToString(out)
}

// nonceOf is a digest of what is sealed and of what it is bound to: two that differ in either practically never share a
// nonce (they would have to collide in 96 bits). The plaintext comes last and bound says where it ends, so no byte can
// count as part of the one here and of the other there.
func (k codecKey) nonceOf(bound, plain []byte) []byte {
	mac := hmac.New(sha256.New, k.nonce)
	mac.Write(bound)
	mac.Write(plain)
	return mac.Sum(nil)[:k.aead.NonceSize()]
}

// open gives back what seal was given, or false.
func (c *Codec) open(purpose, scope, token string) ([]byte, bool) {
	if len(token) > MaxCursor || strings.ContainsAny(token, "\r\n") { // the decoder would skip line breaks
		return nil, false
	}
	raw, err := c.text.DecodeString(token)
	if err != nil || len(raw) == 0 || raw[0] != codecVersion {
		return nil, false
	}
	bound := bind(purpose, scope)
	for _, k := range c.keys {
		n := 1 + k.aead.NonceSize()
		if len(raw) < n {
			return nil, false
		}
		if plain, err := k.aead.Open(nil, raw[1:n], raw[n:], bound); err == nil {
			return plain, true
		}
	}
	return nil, false
}

// bind is what a sealed text is good for: the version, and each text behind its length. No pair is the beginning of
// another.
func bind(purpose, scope string) []byte {
	b := make([]byte, 0, 1+2*binary.MaxVarintLen64+len(purpose)+len(scope))
	b = append(b, codecVersion)
	for _, s := range []string{purpose, scope} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}
