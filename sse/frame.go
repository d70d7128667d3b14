package sse

import "sync"

// pieceSize is the most that is written at once. Messages up to it, which is nearly all, leave in one write. Larger
// ones leave in pieces, so that no buffer anywhere (ours, or the one fmt keeps for r3labs, which it throws away beyond
// 64 KB) grows with a message, and so that a slow browser has its write timeout for each piece and not for the whole.
const pieceSize = 32<<10 - 16

// frame is one message on its way to one browser.
type frame struct {
	message  Message
	idRoom   [4096]byte // memory for message.ID
	dataRoom [32]Data   // memory for message.Data

	buf    []byte // the current piece; the next one reuses it
	begun  bool   // the first piece has been packed
	chunk  int    // index in message.Data of what to pack next
	offset int    // in that chunk
	packed bool   // the last piece has been packed
}

// frames is shared by all streams: a stream has a frame only while a message is on its way.
var frames = sync.Pool{New: func() any { return new(frame) }} //nolint:gochecknoglobals // a pool is shared or it is none

// newFrame returns a frame with an empty message, whose slices have the frame's memory for their capacity.
func newFrame() *frame {
	f := frames.Get().(*frame) //nolint:forcetypeassert // the pool holds nothing else
	f.message = Message{ID: f.idRoom[:0], Data: f.dataRoom[:0]}
	return f
}

// next packs and returns the next piece, nil after the last. The piece is valid until the next call.
func (f *frame) next() []byte {
	if f.packed {
		return nil
	}
	buf := f.buf[:0]
	if !f.begun {
		f.begun = true
		buf = f.message.appendHead(buf)
	}
	for ; f.chunk < len(f.message.Data); f.chunk, f.offset = f.chunk+1, 0 {
		rest := f.message.Data[f.chunk][f.offset:]
		n := min(len(rest), max(0, pieceSize-len(buf)))
		buf = append(buf, rest[:n]...)
		if n < len(rest) {
			f.offset += n
			f.buf = buf
			return buf
		}
	}
	f.packed = true
	f.buf = append(buf, '\n')
	return f.buf
}

// release gives the frame back to the pool. It keeps its own memory and none of the message's.
func (f *frame) release() {
	f.message = Message{}
	clear(f.dataRoom[:])
	f.begun, f.chunk, f.offset, f.packed = false, 0, 0, false
	frames.Put(f)
}
