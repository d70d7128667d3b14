package sse

import "sync"

// pieceSize is the most that is written at once. Messages up to it, which is nearly all, leave in one write. Larger
// ones leave in pieces, so that no buffer anywhere (ours, or the one fmt keeps for r3labs, which it throws away beyond
// 64 KB) grows with a message, and so that a slow browser has its write timeout for each piece and not for the whole.
const pieceSize = 32<<10 - 16

// parcels are those of all streams: a stream has one only while a message is on its way.
var parcels = sync.Pool{New: func() any { return new(parcel) }} //nolint:gochecknoglobals // a pool is shared or it is none

// parcel is a message on its way: packed piece by piece, because each piece reuses the buffer of the one before. Nil is
// none.
type parcel struct {
	message Message
	id      []byte // room of the parcel's own, for message
	data    []Data // likewise
	buf     []byte
	chunk   int  // of message.Data, the next to pack
	offset  int  // in that chunk
	sealed  bool // the last piece has been packed
}

// blank is one whose message is empty, but has room. What is to be sent is filled in, and begins.
func blank() *parcel { return parcels.Get().(*parcel) } //nolint:forcetypeassert // the pool holds nothing else

// parcelOf is the message of a source, whose slices stay the source's.
func parcelOf(m Message) *parcel {
	p := blank()
	p.message = Message{ID: append(p.message.ID, m.ID...), Data: append(p.message.Data, m.Data...), Retry: m.Retry}
	p.begin()
	return p
}

func (p *parcel) begin() {
	p.buf = p.message.appendHead(p.buf[:0])
	p.chunk, p.offset, p.sealed = 0, 0, false
}

// piece packs and returns the next piece, nil after the last. It is valid until the next call.
func (p *parcel) piece() []byte {
	if p == nil || p.sealed {
		return nil
	}
	buf := p.buf
	for ; p.chunk < len(p.message.Data); p.chunk, p.offset = p.chunk+1, 0 {
		rest := p.message.Data[p.chunk][p.offset:]
		n := min(len(rest), max(0, pieceSize-len(buf)))
		buf = append(buf, rest[:n]...)
		if n < len(rest) {
			p.offset += n
			p.buf = buf[:0]
			return buf
		}
	}
	p.sealed = true
	buf = append(buf, '\n')
	p.buf = buf[:0]
	return buf
}

// A parcel keeps room for an id of so many bytes, and for so many chunks.
const (
	idRoom   = 4096
	dataRoom = 64
)

// release gives the parcel back, if there is one. What is not its own memory, because it was assigned instead of
// appended to, or had to grow, is replaced by as much, up to what a parcel keeps.
func (p *parcel) release() {
	if p == nil {
		return
	}
	clear(p.data[:min(len(p.message.Data), cap(p.data))])
	p.id = roomFor(p.message.ID, p.id, idRoom)
	p.data = roomFor(p.message.Data, p.data, dataRoom)
	p.message = Message{ID: p.id, Data: p.data}
	parcels.Put(p)
}

func roomFor[T any](used, own []T, most int) []T {
	if n := min(cap(used), most); n > cap(own) {
		return make([]T, 0, n)
	}
	return own
}
