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

// begin takes the message of a source, whose slices stay the source's.
func begin(m Message) *parcel {
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

// roomMost is how many chunks a parcel keeps room for.
const roomMost = 64

// release gives the parcel back, if there is one. What is not its own memory, because it was assigned instead of
// appended to, or had to grow, is replaced by as much.
func (p *parcel) release() {
	if p == nil {
		return
	}
	p.id = roomFor(p.id, p.message.ID)
	p.data = roomFor(p.data, p.message.Data)
	clear(p.data[:cap(p.data)])
	if cap(p.data) > roomMost {
		p.data = nil
	}
	p.message = Message{ID: p.id, Data: p.data}
	parcels.Put(p)
}

func roomFor[T any](own, used []T) []T {
	if cap(used) > cap(own) {
		return make([]T, 0, cap(used))
	}
	return own
}
