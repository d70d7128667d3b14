package adapter

import (
	"bytes"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// A token says what its page shows to that session, at that path, in the process that made it, once, for a minute. It is no id, and an id is
// no token.
func TestATokenIsBelievedForAMinute(t *testing.T) {
	sealer, err := newSealer([][]byte{bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	h, elsewhere := &Handler{sealer: sealer, tokens: newTokenStore()}, &Handler{sealer: sealer, tokens: newTokenStore()}
	now := time.Now()
	made := func() string {
		return h.makeToken("session", "/path", live.State{Digests: []live.Digest{{1}}}, now)
	}
	for name, c := range map[string]struct {
		h             *Handler
		session, path string
		after         time.Duration
		opens, shows  bool
	}{
		"at once":         {h, "session", "/path", 0, true, true},
		"just in time":    {h, "session", "/path", 59 * time.Second, true, true},
		"too late":        {h, "session", "/path", 61 * time.Second, true, false},
		"another process": {elsewhere, "session", "/path", 0, true, false},
		"another session": {h, "other", "/path", 0, false, false},
		"another path":    {h, "session", "/path2", 0, false, false},
	} {
		st, ok := c.h.parseToken(made(), c.session, c.path, false, now.Add(c.after))
		if ok != c.opens || len(st.Digests) > 0 != c.shows {
			t.Errorf("%s: opens %t, shows %v", name, ok, st.Digests)
		}
	}
	token := made()
	for _, fresh := range []bool{true, false} {
		if st, _ := h.parseToken(token, "session", "/path", false, now); len(st.Digests) > 0 != fresh {
			t.Errorf("a token that is fresh (%t) shows %v", fresh, st.Digests)
		}
	}
	if _, _, ok := h.parseID(idMark+pinnedMark+made(), "", "session", "/path"); ok {
		t.Error("a token is taken for the rows of an id")
	}
	if _, ok := h.parseToken(h.sealPinned(nil, "session", "/path")[1:], "session", "/path", false, now); ok {
		t.Error("the rows of an id are taken for a token")
	}
}
