package adapter

import (
	"bytes"
	"encoding/base64"
	"testing"
)

// Each text is sealed by a key of its own, which its salt makes: the nonce is always the same, so two texts under one key
// would give away both.
func TestEachTextIsSealedByAKeyOfItsOwn(t *testing.T) {
	s, err := newSealer([][]byte{bytes.Repeat([]byte("k"), keyLeast)})
	if err != nil {
		t.Fatal(err)
	}
	plain := []byte("what the page shows")
	raw := make([][]byte, 2)
	for i := range raw {
		sealed := s.seal(plain, "here")
		if got, err := s.open(sealed, "here"); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %q (%v)", got, err)
		}
		if _, err := s.open(sealed, "there"); err == nil {
			t.Error("opened for something else")
		}
		if raw[i], err = base64.RawURLEncoding.DecodeString(sealed); err != nil {
			t.Fatal(err)
		}
	}
	if bytes.Equal(raw[0][:saltSize], raw[1][:saltSize]) {
		t.Error("two texts have one salt")
	}
	if bytes.Equal(raw[0][saltSize:saltSize+len(plain)], raw[1][saltSize:saltSize+len(plain)]) {
		t.Error("equal texts look alike: their keys do not differ with their salts")
	}
	swapped := append(bytes.Clone(raw[0][:saltSize]), raw[1][saltSize:]...)
	if _, err := s.open(base64.RawURLEncoding.EncodeToString(swapped), "here"); err == nil {
		t.Error("opened with the salt of another text")
	}
}
