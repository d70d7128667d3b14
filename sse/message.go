package sse

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// ErrInvalid is the error of a message that would not reach the browser as it was meant.
var ErrInvalid = errors.New("sse: invalid message")

// HeartbeatEvent is the name of the event that a stream sends when nothing else was sent for [Config.Heartbeat]. Its
// data is that time in whole milliseconds, "15000" by default: a script that has heard nothing for much longer knows that the
// connection is dead. It has no id line, so the browser keeps the last id that it has. Where silences are longer than the half
// minute that scripts assume, a stream begins with one; it says "0" where heartbeats are switched off.
//
// Because the event has a name, no htmx generation swaps anything for it, and because it has data, script can listen to
// it: EventSource by addEventListener, htmx 4 by an event of this name on the connect element.
const HeartbeatEvent = "heartbeat"

// Message is one event. Its zero value is a heartbeat, see [HeartbeatEvent].
type Message struct {
	// ID is what the browser sends back as Last-Event-ID when it reconnects. Empty: the browser keeps the id it has.
	// Printable characters only, since it travels in a header.
	ID []byte
	// Data is the body in chunks, which the browser sees as one event, each chunk beginning a new line. A message with
	// an ID or a Retry and without any bytes of Data causes no event; the browser remembers the ID.
	// Each chunk was made by [Encode].
	Data [][]byte
	// Retry, if positive, tells the browser how long to wait before it reconnects. In whole milliseconds, at least one.
	Retry time.Duration
}

const dataField = "data: "

// Encode turns HTML into the lines of an event: "data: …\n" for each of its lines. They may be sent to any number of
// browsers, and are never changed. A browser reads back what was encoded, with CRLF and CR turned into LF: a lone CR
// would otherwise end the line and let the text behind it speak for the server. Nothing encodes to nothing.
func Encode(html []byte) []byte {
	if len(html) == 0 {
		return nil
	}
	if bytes.IndexByte(html, '\r') >= 0 {
		html = bytes.ReplaceAll(html, []byte("\r\n"), []byte("\n"))
		html = bytes.ReplaceAll(html, []byte("\r"), []byte("\n"))
	}
	lines := bytes.Count(html, []byte("\n")) + 1
	data := make([]byte, 0, len(html)+lines*len(dataField)+1)
	for line := range bytes.SplitSeq(html, []byte("\n")) {
		data = append(data, dataField...)
		data = append(data, line...)
		data = append(data, '\n')
	}
	return data
}

// check returns [ErrInvalid] for an ID that could end its line, and for Data that was not encoded. Of Data it looks at the ends only.
func (m *Message) check() error {
	for _, c := range m.ID {
		if c < ' ' || c == 0x7f {
			return fmt.Errorf("%w: control character %q in id", ErrInvalid, c)
		}
	}
	for i, d := range m.Data {
		if len(d) > 0 && (!bytes.HasPrefix(d, []byte(dataField)) || d[len(d)-1] != '\n') {
			return fmt.Errorf("%w: data %d was not made by Encode", ErrInvalid, i)
		}
	}
	return nil
}

// appendHead appends everything that stands before the data. A heartbeat says silence, the longest there will be.
func (m *Message) appendHead(buf []byte, silence time.Duration) []byte {
	if len(m.ID) > 0 {
		buf = append(buf, "id: "...)
		buf = append(buf, m.ID...)
		buf = append(buf, '\n')
	}
	if m.Retry > 0 {
		buf = append(buf, "retry: "...)
		buf = strconv.AppendInt(buf, max(1, m.Retry.Milliseconds()), 10)
		buf = append(buf, '\n')
	}
	if len(buf) == 0 && m.bodyless() {
		buf = appendHeartbeat(buf, silence)
	}
	return buf
}

func appendHeartbeat(buf []byte, silence time.Duration) []byte {
	buf = append(buf, "event: "+HeartbeatEvent+"\n"+dataField...)
	buf = strconv.AppendInt(buf, silence.Milliseconds(), 10)
	return append(buf, '\n')
}

// bodyless reports whether the message has no bytes of Data.
func (m *Message) bodyless() bool {
	for _, d := range m.Data {
		if len(d) > 0 {
			return false
		}
	}
	return true
}

// pieceSize is the most that is written at once. Messages up to it, which is nearly all, leave in one write. Larger
// ones leave in pieces, so that no buffer anywhere (ours, or the one fmt keeps for r3labs, which it throws away beyond
// 64 KB) grows with a message, and so that a slow browser has its write timeout for each piece and not for the whole.
const pieceSize = 32<<10 - 16

// frame is one message on its way to one browser.
type frame struct {
	message  Message
	silence  time.Duration // for a heartbeat
	idRoom   [4096]byte    // memory for message.ID
	dataRoom [32][]byte    // memory for message.Data

	buf    []byte // the current piece; the next one reuses it
	begun  bool   // the first piece has been packed
	chunk  int    // index in message.Data of what to pack next
	offset int    // in that chunk
	packed bool   // the last piece has been packed
}

// frames is shared by all streams: a stream has a frame only while a message is on its way.
var frames = sync.Pool{New: func() any { return new(frame) }} //nolint:gochecknoglobals // a pool is shared or it is none

// newFrame returns a frame with an empty message. Its slices have the memory of the frame for their capacity.
func newFrame(silence time.Duration) *frame {
	f := frames.Get().(*frame) //nolint:forcetypeassert // the pool holds nothing else
	f.silence = silence
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
		buf = f.message.appendHead(buf, f.silence)
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
