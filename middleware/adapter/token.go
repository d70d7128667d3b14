package adapter

import (
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// A page tells its stream what it shows: first by the token in the stream's URL, then by the ids of
// the messages, which a browser sends back when it reconnects. Both hold the digests of the fragments,
// and both leave out what would make them longer than maxState.
const maxState = 2 << 10 // bytes, sealed and encoded

// browserState is live.State as it travels.
type browserState struct {
	Process []byte     `json:"b,omitempty"` // tokens only
	Nonce   []byte     `json:"t,omitempty"` // tokens only
	Since   int64      `json:"s"`           // Unix seconds: when the token was made
	Digests []byte     `json:"d,omitempty"`
	Pinned  pinnedRows `json:"k,omitempty"`
}

func digestsOf(st live.State) []byte {
	b := make([]byte, 0, len(st.Digests)*len(live.Digest{}))
	for _, d := range st.Digests {
		b = append(b, d[:]...)
	}
	return b
}

func parseDigests(b []byte) (out []live.Digest) {
	const size = len(live.Digest{})
	for ; len(b) >= size; b = b[size:] {
		out = append(out, live.Digest(b[:size]))
	}
	return out
}

// sealState seals as much of sh as fits: without the pinned rows the page is shown afresh when its
// stream opens, without the digests it is sent whole.
func (h *Handler) sealState(sh browserState, context string, most int) string {
	for {
		plain, _ := json.Marshal(sh) // of types that cannot fail
		sealed := h.sealer.seal(plain, context)
		switch {
		case len(sealed) <= most:
			return sealed
		case sh.Pinned != nil:
			sh.Pinned = nil
		default:
			sh.Digests = nil
		}
	}
}

func (h *Handler) openState(sealed, context string) (sh browserState, ok bool) {
	if len(sealed) > maxState {
		return browserState{}, false
	}
	plain, err := h.sealer.open(sealed, context)
	return sh, err == nil && json.Unmarshal(plain, &sh) == nil
}

// bound is what tokens and ids are bound to: one session, one path, one use.
func bound(use, session, path string) string { return use + "\x00" + session + "\x00" + path }

// makeToken is the stream token of a page that shows st.
func (h *Handler) makeToken(session, path string, st live.State, now time.Time) string {
	var n nonce
	_, _ = rand.Read(n[:])
	return h.sealState(browserState{
		Process: h.tokens.process[:], Nonce: n[:], Since: now.Unix(), Digests: digestsOf(st), Pinned: st.Pinned,
	}, bound("token", session, path), maxState)
}

// parseToken is what the page shows, as far as its token proves it. The rows that it pins are those it was loaded with,
// however old the token is; its fragments are only those for the first stream, and while the page says that it is still as
// it was loaded.
func (h *Handler) parseToken(token, session, path string, asLoaded bool, now time.Time) (st live.State, ok bool) {
	sh, ok := h.openState(token, bound("token", session, path))
	if !ok {
		return st, false
	}
	var digests []live.Digest
	if asLoaded || len(sh.Process) == len(h.tokens.process) && len(sh.Nonce) == len(nonce{}) &&
		h.tokens.consume([8]byte(sh.Process), nonce(sh.Nonce), time.Unix(sh.Since, 0), now) {
		digests = parseDigests(sh.Digests)
	}
	return live.State{Digests: digests, Pinned: sh.Pinned}, true
}

// tokenPinned is the rows that the page of a token pins.
func (h *Handler) tokenPinned(token, session, path string) pinnedRows {
	sh, _ := h.openState(token, bound("token", session, path))
	return sh.Pinned
}
