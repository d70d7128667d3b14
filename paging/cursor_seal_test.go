package paging_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

func TestAnyChangedCharacterIsForged(t *testing.T) {
	c := anyOrder(testCodec)
	for _, value := range []string{"x", "xy", "xyz"} { // with and without spare bits in the last character
		token, err := seal(t, c, "", "", value)
		if err != nil {
			t.Fatal(err)
		}
		refuseChanges(t, c, token)
	}
}

func refuseChanges(t *testing.T, c paging.Config, token string) {
	t.Helper()
	for i := range token {
		for _, r := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/\n\r \x00" {
			edited := token[:i] + string(r) + token[i+1:]
			if edited == token {
				continue
			}
			if _, err := open(c, "", "", edited); !errors.Is(err, paging.ErrForged) {
				t.Fatalf("with %q at %d: %v", r, i, err)
			}
		}
		if _, err := open(c, "", "", token[:i]); i > 0 && !errors.Is(err, paging.ErrForged) {
			t.Fatalf("cut at %d: %v", i, err)
		}
		if _, err := open(c, "", "", token[:i]+"\n"+token[i:]); !errors.Is(err, paging.ErrForged) {
			t.Fatalf("a line break at %d: %v", i, err)
		}
	}
}

func TestCursorsAreBound(t *testing.T) {
	c := anyOrder(testCodec)
	token, err := seal(t, c, "status=a&q=b", "team:3", "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		query, scope string
		want         error
	}{
		{"status=a&q=b", "team:3", nil},
		{"status=a&q=b&tab=other&limit=5", "team:3", nil},
		{"status=a&q=b", "team:4", paging.ErrForged},
		{"status=a&q=b", "", paging.ErrForged},
		{"status=a&q=b&sort=w", "team:3", paging.ErrOutdated},
		{"status=a&q=b&sort=-v", "team:3", paging.ErrOutdated},
		{"status=a&q=b&sort=f", "team:3", paging.ErrOutdated}, // NULLs elsewhere
		{"status=b&q=b", "team:3", paging.ErrOutdated},
		{"status=b&q=a", "team:3", paging.ErrOutdated},
		{"status=a", "team:3", paging.ErrOutdated},
		{"status=a&status=c&q=b", "team:3", paging.ErrOutdated},
		{"status=ab&q=b", "team:3", paging.ErrOutdated},
	} {
		if _, err := open(c, test.query, test.scope, token); !errors.Is(err, test.want) {
			t.Errorf("%s in %q: %v, want %v", test.query, test.scope, err, test.want)
		}
	}
}

func TestFiltersThatReadAlikeAreTold(t *testing.T) {
	c := anyOrder(testCodec)
	token, err := seal(t, c, "status=ab&status=c", "", "x")
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{"status=a&status=bc", "status=abc", "status=c&status=ab", "status=ab&q=c"} {
		if _, err := open(c, query, "", token); !errors.Is(err, paging.ErrOutdated) {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestKeysRotate(t *testing.T) {
	old, fresh := bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 32)
	before, during, after := anyOrder(paging.NewCodec(old)), anyOrder(paging.NewCodec(fresh, old)), anyOrder(paging.NewCodec(fresh))
	fromOld, err := seal(t, before, "", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	fromFresh, err := seal(t, during, "", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		c     paging.Config
		token string
		want  error
	}{
		{"old during", during, fromOld, nil},
		{"fresh during", during, fromFresh, nil},
		{"fresh after", after, fromFresh, nil},
		{"old after", after, fromOld, paging.ErrForged},
		{"fresh before", before, fromFresh, paging.ErrForged},
	} {
		if _, err := open(test.c, "", "", test.token); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

func TestCursorsHideTheirValues(t *testing.T) {
	secret := "salary of the director"
	token, err := seal(t, anyOrder(testCodec), "", "", secret)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(raw, []byte("salary")) {
		t.Error("the cursor can be read")
	}
}
