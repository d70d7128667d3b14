package middleware

import (
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// A page tells its stream what it shows: first by the token in the stream's URL, then by the ids of
// the messages, which a browser sends back when it reconnects. Both hold the digests of the fragments,
// and both leave out what would make them longer than stateMost.
const stateMost = 2 << 10 // bytes, sealed and encoded

// shown is live.State as it travels.
type shown struct {
	Boot    []byte                     `json:"b,omitempty"` // tokens only
	Ticket  []byte                     `json:"t,omitempty"` // tokens only
	Since   int64                      `json:"s"`           // Unix seconds: when the token was made, when the id's stream began
	Digests []byte                     `json:"d,omitempty"`
	Kept    map[string]live.PinnedRows `json:"k,omitempty"`
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

// sealShown seals as much of sh as fits: without the kept rows the page is shown afresh when its
// stream opens, without the digests it is sent whole.
func (m *pages) sealShown(sh shown, context string, most int) string {
	for {
		plain, _ := json.Marshal(sh) // of types that cannot fail
		sealed := m.seal.seal(plain, context)
		switch {
		case len(sealed) <= most:
			return sealed
		case sh.Kept != nil:
			sh.Kept = nil
		default:
			sh.Digests = nil
		}
	}
}

func (m *pages) openShown(sealed, context string) (sh shown, ok bool) {
	if len(sealed) > stateMost {
		return shown{}, false
	}
	plain, err := m.seal.open(sealed, context)
	return sh, err == nil && json.Unmarshal(plain, &sh) == nil
}

// bound is what tokens and ids are bound to: one session, one path, one use.
func bound(use, session, path string) string { return use + "\x00" + session + "\x00" + path }

// token is the stream token of a page that shows st.
func (m *pages) token(session, path string, st live.State, now time.Time) string {
	var t ticket
	_, _ = rand.Read(t[:])
	return m.sealShown(shown{
		Boot: m.boot.id[:], Ticket: t[:], Since: now.Unix(), Digests: digestsOf(st), Kept: st.Kept,
	}, bound("token", session, path), stateMost)
}

// believeToken is what the page shows, as far as its token proves it. The rows that it keeps are those
// it was loaded with, however old the token is; its fragments are only those for the first stream.
func (m *pages) believeToken(token, session, path string, now time.Time) (st live.State, ok bool) {
	sh, ok := m.openShown(token, bound("token", session, path))
	if !ok {
		return st, false
	}
	st.Kept = sh.Kept
	if len(sh.Boot) == len(m.boot.id) && len(sh.Ticket) == len(ticket{}) &&
		m.boot.spend([8]byte(sh.Boot), ticket(sh.Ticket), time.Unix(sh.Since, 0), now) {
		st.Digests = parseDigests(sh.Digests)
	}
	return st, true
}

// tokenKept is the rows that the page of a token keeps.
func (m *pages) tokenKept(token, session, path string) map[string]live.PinnedRows {
	sh, _ := m.openShown(token, bound("token", session, path))
	return sh.Kept
}
