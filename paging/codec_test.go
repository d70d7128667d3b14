package paging_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/paging"
)

// nonce is the part of a sealed text that two of them must not share: AES-GCM gives away both if they do.
func nonce(t failer, token string) string {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) < 13 {
		t.Fatalf("%q is not sealed: %v", token, err)
	}
	return string(raw[1:13])
}

// TestNoncesTellScopeFromContent: what is sealed for one scope never shares a nonce with what is sealed for another,
// wherever the bytes of one text stand in the other.
func TestNoncesTellScopeFromContent(t *testing.T) {
	seen := map[string]string{}
	for _, text := range []string{"cursorteam:3", "aaaa", "\x00\x00\x00", "\x01a\x01a"} {
		for i := range len(text) + 1 {
			for j := i; j <= len(text); j++ {
				what := strings.Join([]string{text[:i], text[i:j], text[j:]}, " / ")
				n := nonce(t, paging.Seal(testCodec, text[:i], text[i:j], []byte(text[j:])))
				if other, twice := seen[n]; twice {
					t.Errorf("%q and %q share a nonce", other, what)
				}
				seen[n] = what
			}
		}
	}
}

func TestNoncesNeverRepeat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type sealed struct{ purpose, scope, plain string }
		text := rapid.StringOfN(rapid.SampledFrom([]rune("ab\x00\x01\x02")), 0, 3, -1)
		one := sealed{text.Draw(t, "purpose"), text.Draw(t, "scope"), text.Draw(t, "plain")}
		two := sealed{text.Draw(t, "purpose 2"), text.Draw(t, "scope 2"), text.Draw(t, "plain 2")}
		a := nonce(t, paging.Seal(testCodec, one.purpose, one.scope, []byte(one.plain)))
		b := nonce(t, paging.Seal(testCodec, two.purpose, two.scope, []byte(two.plain)))
		if (a == b) != (one == two) {
			t.Fatalf("%+v and %+v: nonces %x and %x", one, two, a, b)
		}
	})
}

// TestAnotherVersionIsRefused: a version is not only a byte in front that anybody can change.
func TestAnotherVersionIsRefused(t *testing.T) {
	c := anyOrder(testCodec)
	token, err := seal(t, c, "", "", "x")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for version := range 256 {
		if version == int(raw[0]) {
			continue
		}
		edited := append([]byte{byte(version)}, raw[1:]...)
		if _, err := open(c, "", "", base64.RawURLEncoding.EncodeToString(edited)); !errors.Is(err, paging.ErrForged) {
			t.Errorf("version %d: %v", version, err)
		}
	}
}

// TestOnePlaceHasOneURLWhileKeysRotate: links that were sealed with a key that goes are read and come back sealed with the
// one that stays, so that following them once is enough.
func TestOnePlaceHasOneURLWhileKeysRotate(t *testing.T) {
	old, fresh := bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 32)
	before, during, after := anyOrder(paging.NewCodec(old)), anyOrder(paging.NewCodec(fresh, old)), anyOrder(paging.NewCodec(fresh))
	fromOld, err := seal(t, before, "", "team:3", 1)
	if err != nil {
		t.Fatal(err)
	}
	fromFresh, err := seal(t, during, "", "team:3", 1)
	if err != nil {
		t.Fatal(err)
	}
	one, other := mustParse(t, during, "after="+fromOld), mustParse(t, during, "after="+fromFresh)
	if one.URL() != other.URL() || one.ID() != other.ID() {
		t.Errorf("one place is %q and %q", one.URL(), other.URL())
	}
	if _, err := after.Parse(one.Values(), "team:3"); err != nil {
		t.Errorf("the link of the page fails when the old key goes: %v", err)
	}
}

// TestFramesOutliveTheOrderOfKeys: a frame belongs to a place, not to the cursor that led there.
func TestFramesOutliveTheOrderOfKeys(t *testing.T) {
	old, fresh := bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 32)
	before, during := inOrder(paging.Keyset), inOrder(paging.Keyset)
	before.Codec, during.Codec = paging.NewCodec(old), paging.NewCodec(fresh, old)
	query := queryOf(t, load(t, before, 45, "").Links().Next)
	there := load(t, before, 45, query)
	p, err := paging.Thaw(mustParse(t, during, query), there.Items, there.Frame())
	if err != nil {
		t.Fatal(err)
	}
	if next := p.Links().Next; next == nil {
		t.Error("the frame has lost the next page")
	}
}

func TestNewCodecPanicsOnWeakKeys(t *testing.T) {
	for _, keys := range [][][]byte{nil, {[]byte("short")}, {make([]byte, 16), nil}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%d keys are taken", len(keys))
				}
			}()
			paging.NewCodec(keys...)
		}()
	}
}

func BenchmarkCursor(b *testing.B) {
	c := anyOrder(testCodec)
	o, err := c.Parse(nil, "team:3")
	if err != nil {
		b.Fatal(err)
	}
	value := func(_ int, column string) any {
		if column == "id" {
			return int64(123456)
		}
		return baseTime
	}
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := paging.EncodeCursor(o, 0, value); err != nil {
				b.Fatal(err)
			}
		}
	})
	token, err := paging.EncodeCursor(o, 0, value)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("encode+decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := paging.EncodeCursor(o, 0, value); err != nil {
				b.Fatal(err)
			}
			if _, err := paging.DecodeCursor(o, token); err != nil {
				b.Fatal(err)
			}
		}
	})
}
