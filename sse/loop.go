package sse

import (
	"context"
	"io"
	"sync/atomic"
	"time"
)

// Stream is one stream at work: what to send, and when. The goroutine of the request runs it; others may [Stream.Offer].
type Stream struct {
	pen pen // guards everything below but what never changes; the request's goroutine has it unless it waits
	wire
	parcel *parcel // what is on its way
	src    Source
	last   bool // nothing follows what is on its way
	silent bool // for so long that a heartbeat is due

	ctx       context.Context //nolint:containedctx // a Stream lives within one request
	heartbeat time.Duration
	end       time.Time     // when the stream is old
	bell      chan struct{} // the source's Changed: for the request's goroutine, whoever wants something of it
	timer     *time.Timer   // set to when something is due or before: to move it with every message would cost more
	due       atomic.Bool   // the timer has rung
}

// never is when a feature that is switched off is due.
const never = 100 * 365 * 24 * time.Hour

// schedule sets the times of the stream, which begins now.
func (s *Stream) schedule(cfg Config) {
	s.heartbeat, s.end = never, time.Now().Add(never)
	if cfg.Heartbeat > 0 {
		s.heartbeat = cfg.below(cfg.Heartbeat)
	}
	if cfg.MaxAge > 0 {
		s.end = time.Now().Add(cfg.around(cfg.MaxAge))
	}
	if cfg.Retry > 0 {
		s.parcel = parcelOf(Message{Retry: cfg.around(cfg.Retry)}) // leaves together with the headers
	}
}

// finish leaves a fresh deadline behind, which guards the last bytes that net/http writes after the handler and which
// it lifts then. The pen stays where it is: nobody writes any more.
func (s *Stream) finish() {
	s.timer.Stop()
	s.release()
	if s.err == nil {
		s.arm()
	}
	s.rest()
}

func (s *Stream) release() {
	s.parcel.release()
	s.parcel = nil
}

// more is called when what it returned before has been written. It flushes that, if it was the end of a message, and
// returns what is to be written next, nil if there is nothing now.
func (s *Stream) more() []byte {
	if s.err == nil {
		if piece := s.parcel.piece(); piece != nil {
			return piece
		}
	}
	s.release()
	s.flush()
	s.prepare()
	return s.parcel.piece()
}

// prepare makes a parcel of what there is to say now; false if that is nothing.
func (s *Stream) prepare() bool {
	m, ok := s.compose()
	if !ok && !s.over() && s.silent {
		m, ok = Message{}, true
	}
	s.silent = false
	if ok {
		s.parcel = parcelOf(m)
	}
	return ok
}

// over tells whether nothing more will be written.
func (s *Stream) over() bool { return s.err != nil || s.last }

// compose returns the message to send now, if there is one. It may set err and last; a message may come with last.
func (s *Stream) compose() (m Message, ok bool) {
	if s.last || s.failed() {
		return Message{}, false
	}
	if s.old() { // a source that never pauses; others meet their end in wait
		s.last = true
		return Message{}, false
	}
	m, ok, err := s.src.Next(s.ctx)
	return m, s.take(&m, ok, err)
}

// failed tells whether the stream has ended with an error: with the cause of the context's end, if with no other.
func (s *Stream) failed() bool {
	if s.err == nil && s.ctx.Err() != nil {
		s.err = context.Cause(s.ctx)
	}
	return s.err != nil
}

// old tells whether the stream's time is over, by the newest write.
func (s *Stream) old() bool { return !s.written.Before(s.end) }

// take tells whether m, which somebody has composed, is to be sent.
func (s *Stream) take(m *Message, ok bool, err error) bool {
	switch {
	case err == io.EOF: //nolint:errorlint // as for io.Reader: an EOF that a database wrapped is a failure
		s.last = true
	case err != nil:
		s.err = err
		return false
	}
	if ok {
		s.err = m.check()
	}
	return ok && s.err == nil
}

// wait returns true when there is something to write, false when the stream is over.
func (s *Stream) wait() bool {
	for !s.over() {
		s.pen.put()
		select {
		case <-s.bell:
		case <-s.ctx.Done():
		}
		s.takePen()
		if s.due.Swap(false) {
			s.mind(time.Now())
		}
		if s.prepare() {
			return true
		}
	}
	return false
}

// mind does what the time demands and sets the timer to when it will demand something next.
func (s *Stream) mind(now time.Time) {
	age, silence := s.left(now)
	if age <= 0 {
		s.last = true
		return
	}
	if silence <= 0 {
		s.silent, silence = true, s.heartbeat
	}
	s.timer.Reset(min(silence, age))
}

// left is the time until the stream is old, and until a heartbeat is due.
func (s *Stream) left(now time.Time) (age, silence time.Duration) {
	return s.end.Sub(now), s.written.Add(s.heartbeat).Sub(now)
}

func (s *Stream) ring() {
	select {
	case s.bell <- struct{}{}:
	default: // it has not been heard yet
	}
}

// alarm runs on a goroutine of its own.
func (s *Stream) alarm() {
	if !s.sleepOn() {
		s.due.Store(true)
		s.ring()
	}
}

// sleepOn moves the timer on, if it can be seen that nothing is due because the stream has been busy.
func (s *Stream) sleepOn() bool {
	if !s.pen.take() {
		return false
	}
	defer s.putPen()
	age, silence := s.left(time.Now())
	calm := min(age, silence)
	if calm > 0 {
		s.timer.Reset(calm)
	}
	return calm > 0
}
