package sse

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// Prompt is who has a message ready.
type Prompt interface {
	// Ready is [Source.Next] for a caller that cannot wait: it neither blocks nor takes long. Where that is not
	// possible it returns [ErrNotReady]. It fills in m, which is empty, by appending to its slices: their memory is used
	// for one message after the other.
	Ready(m *Message) (ok bool, err error)
}

var (
	// ErrNotReady is what [Prompt.Ready] returns to leave it to [Source.Next].
	ErrNotReady = errors.New("sse: not ready")
	// ErrPanic is the error of a stream that ended by a panic in an [Stream.Offer]. It comes with the stack.
	ErrPanic = errors.New("sse: panic")
)

// slowAfter is how long the write of one message may take before its browser counts as slow. One that finds room in
// the kernel's buffer takes a hundredth of it.
const slowAfter = time.Millisecond

// Offer writes what p has ready, in the goroutine that calls it. Waking the stream's own goroutine, whose stack and
// channels have left the caches since it last ran, costs half as much as a write: who has news for thousands of
// streams writes them himself, one after the other.
//
// It returns false, having written nothing, if that cannot be done: p is not ready, the stream is being written, has
// not begun, is over, or its browser was slow to take the message before. The source should signal Changed then. Offer
// takes as long as a write does, which is [Config.WriteTimeout] and half as much again where the browser has just
// stopped to read; it counts as slow from then on. It may be called from any goroutine, at any time after [New].
func (s *Stream) Offer(p Prompt) (done bool) {
	if !s.pen.take() {
		return false
	}
	defer s.putPen()
	if s.slow || s.last || s.err != nil || s.old() {
		return false
	}
	defer s.contain()
	next := blank()
	ok, err := p.Ready(&next.message)
	if err == ErrNotReady { //nolint:errorlint // nobody has a reason to wrap it
		next.release()
		return false
	}
	if s.take(&next.message, ok, err) {
		s.send(next)
	}
	next.release()
	if s.last || s.err != nil {
		s.ring() // the request's goroutine ends what it began
	}
	return true
}

// Hurry leaves the write that is under way no longer than d, and each that follows: when a stream is to end, a browser
// that does not read must not hold that up. It may be called from any goroutine, at any time.
func (s *Stream) Hurry(d time.Duration) {
	s.hurry.Store(int64(d))
	s.still.Lock()
	defer s.still.Unlock()
	if !s.resting {
		_ = s.control.SetWriteDeadline(time.Now().Add(d)) // without deadlines nothing can be hurried
	}
}

// contain makes a panic the end of the stream, as it would be on the request's goroutine, and not of the program.
func (s *Stream) contain() {
	if v := recover(); v != nil {
		s.err = fmt.Errorf("%w: %v\n%s", ErrPanic, v, debug.Stack())
		s.ring()
	}
}

// send writes a whole message.
func (s *Stream) send(p *parcel) {
	p.begin()
	for piece := p.piece(); piece != nil && s.err == nil; piece = p.piece() {
		s.write(piece)
	}
	s.flush()
}
