package middleware

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
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
	Boot    []byte               `json:"b,omitempty"` // tokens only
	Ticket  []byte               `json:"t,omitempty"` // tokens only
	Since   int64                `json:"s"`           // Unix seconds: when the token was made, when the id's stream began
	Digests []byte               `json:"d,omitempty"`
	Kept    map[string]live.Kept `json:"k,omitempty"`
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
func (m *pages) sealShown(sh shown, context string) string {
	for {
		plain, _ := json.Marshal(sh) // of types that cannot fail
		sealed := m.seal.seal(plain, context)
		switch {
		case len(sealed) <= stateMost:
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
	}, bound("token", session, path))
}

// believeToken is what the page shows, as far as its token proves it. The rows that it keeps are those
// it was loaded with, however old the token is; its fragments are only those for the first stream.
func (m *pages) believeToken(token, session, path string, now time.Time) (st live.State) {
	sh, ok := m.openShown(token, bound("token", session, path))
	if !ok {
		return st
	}
	st.Kept = sh.Kept
	if len(sh.Boot) == len(m.boot.id) && len(sh.Ticket) == len(ticket{}) &&
		m.boot.spend([8]byte(sh.Boot), ticket(sh.Ticket), time.Unix(sh.Since, 0), now) {
		st.Digests = parseDigests(sh.Digests)
	}
	return st
}

// Ids come in two kinds. Digests alone are no secret, and who forges them fools only himself.
const (
	openID   = 'o' // base64 of when the stream began (4 bytes, Unix seconds) and the digests
	sealedID = 's' // with kept rows: sealed
)

func (m *pages) messageID(session, path string, st live.State, began time.Time) string {
	if len(st.Kept) > 0 {
		sh := shown{Since: began.Unix(), Digests: digestsOf(st), Kept: st.Kept}
		return string(sealedID) + m.sealShown(sh, bound("id", session, path))
	}
	var buf [512]byte
	b := binary.BigEndian.AppendUint32(buf[:0], uint32(began.Unix())) //nolint:gosec // until 2106
	for _, d := range st.Digests {
		b = append(b, d[:]...)
	}
	id := make([]byte, 1, 1+base64.RawURLEncoding.EncodedLen(len(b)))
	id[0] = openID
	if id = base64.RawURLEncoding.AppendEncode(id, b); len(id) > stateMost {
		return ""
	}
	return string(id)
}

// believeID is what the page shows, as far as the id of its last message tells. A stream that has
// ended of old age heals what the browser may have lost: no digest is believed then.
func (m *pages) believeID(id, session, path string, now time.Time) (st live.State, ok bool) {
	if id == "" {
		return st, false
	}
	var digests []byte
	var since int64
	switch id[0] {
	case sealedID:
		sh, ok := m.openShown(id[1:], bound("id", session, path))
		if !ok {
			return st, false
		}
		st.Kept, digests, since = sh.Kept, sh.Digests, sh.Since
	case openID:
		b, err := base64.RawURLEncoding.DecodeString(id[1:])
		if err != nil || len(b) < 4 || len(id) > stateMost {
			return st, false
		}
		since, digests = int64(binary.BigEndian.Uint32(b)), b[4:]
	default:
		return st, false
	}
	if age := now.Sub(time.Unix(since, 0)); age >= 0 && (m.cfg.Stream.MaxAge < 0 || age < m.youngest()) {
		st.Digests = parseDigests(digests)
	}
	return st, true
}

// youngest is the least age at which a stream ends by itself: package sse spreads it by a tenth.
func (m *pages) youngest() time.Duration { return m.cfg.Stream.MaxAge*9/10 - time.Second }
