package views_test

import (
	"testing"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// dom is a page in memory; what goes wrong with it fails the test.
type dom struct{ htmldom.Page }

func parse(t testing.TB, page string) dom {
	t.Helper()
	p, err := htmldom.Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	return dom{p}
}

// apply applies a message, in which nothing at all may be that is not out of band, and returns the swaps in it.
func (d dom) apply(t testing.TB, message []byte, when htmldom.Lookup) []*htmldom.Swap {
	t.Helper()
	swaps, err := d.Apply(string(message), when)
	if err != nil {
		t.Fatal(err)
	}
	if rest, err := htmldom.Rest(string(message)); rest != "" || err != nil {
		t.Fatalf("text %q in a message is not out of band (%v)", rest, err)
	}
	return swaps
}
