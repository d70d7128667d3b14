package adapter

import (
	"bytes"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live"
)

// An id that has no room for the digests goes without them and keeps the pinned rows: with no id at all, the browser would
// come back with one of before.
func TestAnIDOfManyFragmentsHasNoDigests(t *testing.T) {
	s, err := newSealer([][]byte{bytes.Repeat([]byte("k"), keyLeast)})
	if err != nil {
		t.Fatal(err)
	}
	h := &Handler{sealer: s}
	rows := pinnedRows{}
	for i := range 20 {
		rows[strings.Repeat("k", i+1)] = live.PinnedRows{}
	}
	pinned := h.sealPinned(rows, "session", "/path")
	if len(pinned) < 100 {
		t.Fatalf("the test needs rows that are pinned, not %q", pinned)
	}
	for n, want := range map[int]int{0: 0, 47: 47, 191: 0, 5000: 0} {
		id := string(appendID(nil, make([]live.Digest, n), pinned))
		st, again, ok := h.parseID(id, "", "session", "/path")
		if !ok || len(st.Digests) != want || again != pinned || len(st.Pinned) != len(rows) {
			t.Errorf("%d digests: an id of %d bytes, read as %d digests, %d rows, %t", n, len(id), len(st.Digests), len(st.Pinned), ok)
		}
	}
	id := string(appendID(nil, make([]live.Digest, 191), ""))
	if st, _, ok := h.parseID(id, "", "session", "/path"); !ok || len(st.Digests) != 191 {
		t.Errorf("without pinned rows an id of %d bytes is read as %d digests", len(id), len(st.Digests))
	}
}
