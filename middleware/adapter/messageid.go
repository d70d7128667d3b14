package adapter

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// The id of a message says what the page shows once it has it. It begins with base64 of when the stream began (4
// bytes, Unix seconds) and the digests of the fragments; those are no secret, and a forger fools only himself.
//
// A browser that comes back names the URL of its stream as well as the id. So the rows that a page keeps stand in ids
// only where they are no longer those of the URL's token: sealed once, behind a dot. Each message is shorter by them,
// and by the work of sealing them, for as long as a page stays what it was when it was loaded.
const pinnedMark = "."

// maxDigests is the part of maxState that ids leave to the digests: room for 47 fragments.
const maxDigests = 512

// sealPinned is the part of an id that says which rows are pinned, if they fit: none, if they do not or there are none.
func (h *Handler) sealPinned(pinned pinnedRows, session, path string) string {
	return pinnedMark + h.sealState(browserState{Pinned: pinned}, bound("id", session, path), maxState-maxDigests)
}

// parseID is what the page shows, as far as the id of its last message tells, and the part of that id that sealPinned
// made. A stream that has ended of old age heals what the browser may have lost: no digest is believed then.
func (h *Handler) parseID(id, token, session, path string, now time.Time) (st live.State, pinned string, ok bool) {
	state, sealed, others := strings.Cut(id, pinnedMark)
	b, err := base64.RawURLEncoding.DecodeString(state)
	if err != nil || len(b) < 4 || len(id) > maxState {
		return st, "", false
	}
	rows := h.tokenPinned(token, session, path)
	if others {
		sh, ok := h.openState(sealed, bound("id", session, path))
		if !ok {
			return st, "", false
		}
		rows, pinned = sh.Pinned, id[len(state):]
	}
	var digests []live.Digest
	since := time.Unix(int64(binary.BigEndian.Uint32(b)), 0)
	if age := now.Sub(since); age >= 0 && (h.cfg.Stream.MaxAge < 0 || age < h.youngest()) {
		digests = parseDigests(b[4:])
	}
	return live.State{Digests: digests, Pinned: rows}, pinned, true
}

// youngest is the least age at which a stream ends by itself: package sse spreads it by a tenth.
func (h *Handler) youngest() time.Duration { return h.cfg.Stream.MaxAge*9/10 - time.Second }
