package sse

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// ErrInvalid is the error of a message that would not reach the browser as it was meant.
var ErrInvalid = errors.New("sse: invalid message")

// Message is one event. Its zero value is a comment: it shows that the stream lives and changes nothing.
type Message struct {
	// ID is what the browser sends back as Last-Event-ID when it reconnects. Empty: the browser keeps the id it has.
	// Printable characters only, since it travels in a header.
	ID []byte
	// Data is the body in chunks, which the browser sees as one event, each chunk beginning a new line. Without any
	// bytes the message moves the browser's last id and causes no event (id-only).
	Data []Data
	// Retry, if positive, tells the browser how long to wait before it reconnects. In whole milliseconds, at least one.
	Retry time.Duration
}

// check refuses what would break out of its line.
func (m *Message) check() error {
	for _, c := range m.ID {
		if c < ' ' || c == 0x7f {
			return fmt.Errorf("%w: control character %q in id", ErrInvalid, c)
		}
	}
	for i, d := range m.Data {
		if !d.encoded() {
			return fmt.Errorf("%w: data %d was not made by Encode", ErrInvalid, i)
		}
	}
	return nil
}

// appendHead writes everything that stands before the data.
func (m *Message) appendHead(buf []byte) []byte {
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
	if m.empty() {
		buf = append(buf, ":\n"...)
	}
	return buf
}

// empty reports whether the message has no body.
func (m *Message) empty() bool {
	for _, d := range m.Data {
		if len(d) > 0 {
			return false
		}
	}
	return true
}
