package adapter

import (
	"encoding/base64"
	"strings"

	"github.com/htmxlive/htmxlive/live"
)

// The id of a message says what the page shows once it has it: idMark and base64 of the digests of the fragments. They
// are no secret, and a forger fools only himself.
//
// A browser that comes back names the id and the URL of its stream. The token in that says which rows the page pinned when it was
// loaded. While it pins these, ids need not name them, which saves bytes and sealing. When it pins others, ids name them
// behind a dot, sealed.
const (
	idMark     = "d" // an id is never empty: the browser would forget it
	pinnedMark = "."
)

// maxDigests is the part of maxState that ids with pinned rows leave to the digests: room for 47 fragments. Without pinned
// rows there is room for 191. An id with more has no digests.
const maxDigests = 512

// sealPinned is the part of an id that says which rows are pinned, if they fit: none, if they do not or there are none.
func (h *Handler) sealPinned(pinned pinnedRows, session, path string) string {
	return pinnedMark + h.sealState(browserState{Pinned: pinned}, bound("id", session, path), maxState-maxDigests)
}

// appendID appends the id of a message to a page that shows fragments of these digests. Pinned is what sealPinned made,
// empty while the token's rows are pinned. An id that would be too long goes without the digests: with no id at all the
// browser would keep the last one, which says what the page showed before.
func appendID(to []byte, digests []live.Digest, pinned string) []byte {
	var buf [256]byte
	b := buf[:0]
	for _, d := range digests {
		b = append(b, d[:]...)
	}
	id := append(to, idMark...)
	if len(idMark)+base64.RawURLEncoding.EncodedLen(len(b))+len(pinned) <= maxState {
		id = base64.RawURLEncoding.AppendEncode(id, b)
	}
	return append(id, pinned...)
}

// parseID is what the page shows, as far as the id of its last message tells, and the part of that id that sealPinned
// made. However old the stream was that sent it, the page shows what the id says: nothing that did not change is sent.
func (h *Handler) parseID(id, token, session, path string) (st live.State, pinned string, ok bool) {
	state, sealed, others := strings.Cut(id, pinnedMark)
	digests, marked := strings.CutPrefix(state, idMark)
	b, err := base64.RawURLEncoding.DecodeString(digests)
	if err != nil || !marked || len(id) > maxState {
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
	return live.State{Digests: parseDigests(b), Pinned: rows}, pinned, true
}
