package sse

import (
	"context"
	"io"
	"time"
)

// Stream is one stream to one browser. The request goroutine runs it by [Stream.Serve]; other goroutines may write to it
// between [Stream.TryAcquire] and [Stream.Release].
type Stream struct {
	// Message is what [Stream.Send] sends: empty after [Stream.TryAcquire], nil before it and after [Stream.Release]. Its
	// slices are memory that serves one message after the other: append to them, and keep no part of them after Release.
	// Slices that are assigned instead stay the caller's, and must not change before Release.
	Message *Message

	// writeLock is full while a goroutine may write, and guards the fields up to ctx. The request goroutine holds it
	// unless it waits for something to do, and is the only one that waits for it. It is a channel because a goroutine that
	// waits for a mutex would stop the clock of testing/synctest.
	writeLock chan struct{}
	wire
	frame  *frame // what is on its way; nil: nothing
	src    Source
	last   bool // nothing follows what is on its way
	silent bool // a heartbeat is due

	ctx       context.Context //nolint:containedctx // a Stream lives within one request
	heartbeat time.Duration   // the silence after which this stream sends one
	silence   time.Duration   // what a heartbeat says: the longest silence, 0 if there is no heartbeat
	end       time.Time       // when the stream is old
	wake      chan struct{}   // the source's Changed: wakes the request goroutine
	timer     *time.Timer     // fires when something is due, or before: to move it with every message would cost more
}

// never is when a feature that is switched off is due.
const never = 100 * 365 * 24 * time.Hour

// assumedSilence is how rare heartbeats may be that scripts are not told of. Until one has come, a script takes a stream for dead
// after 37.5 s of silence.
const assumedSilence = 30 * time.Second

// schedule sets the times of the stream, which begins now.
func (s *Stream) schedule(cfg Config) {
	s.heartbeat, s.end = never, time.Now().Add(never)
	if cfg.Heartbeat > 0 {
		s.silence = cfg.Heartbeat
		s.heartbeat = cfg.below(cfg.Heartbeat)
	}
	if cfg.MaxAge > 0 {
		s.end = time.Now().Add(cfg.around(cfg.MaxAge))
	}
	s.frame = s.opening(cfg)
}

// opening is what leaves together with the headers; nil: nothing.
func (s *Stream) opening(cfg Config) *frame {
	quiet := s.heartbeat > assumedSilence
	if cfg.Retry <= 0 && !quiet {
		return nil
	}
	f := newFrame(s.silence)
	if cfg.Retry > 0 {
		f.message.Retry = cfg.around(cfg.Retry)
	}
	if quiet {
		f.message.Data = append(f.message.Data, appendHeartbeat(nil, s.silence))
	}
	return f
}

// Serve is the life of the stream, as the function [Serve] describes it. It is called once.
func (s *Stream) Serve() error {
	s.timer = time.NewTimer(min(s.heartbeat, time.Until(s.end)))
	defer s.finish()
	s.serve()
	return s.err
}

// finish leaves a fresh deadline behind, which guards the last bytes that net/http writes after the handler and which
// it lifts then. The write lock is kept, so that no goroutine writes any more.
func (s *Stream) finish() {
	s.timer.Stop()
	s.dropFrame()
	if s.err == nil {
		s.setWriteDeadline()
	}
	s.suspendDeadline(false)
}

func (s *Stream) dropFrame() {
	if s.frame != nil {
		s.frame.release()
		s.frame = nil
	}
}

// next is called when what it returned before has been written. It flushes that if it was the end of a message, and
// returns what is to be written next; nil if there is nothing now.
func (s *Stream) next() []byte {
	if s.frame != nil && s.err == nil {
		if piece := s.frame.next(); piece != nil {
			return piece
		}
	}
	s.dropFrame()
	s.flush()
	if !s.prepare() {
		return nil
	}
	return s.frame.next()
}

// prepare makes a frame of what there is to send now. It returns false if that is nothing.
func (s *Stream) prepare() bool {
	m, ok := s.compose()
	if !ok && s.silent && !s.over() {
		m, ok = Message{}, true // a heartbeat
	}
	s.silent = false
	if ok {
		s.frame = newFrame(s.silence)
		s.frame.message = m
	}
	return ok
}

// over reports whether nothing more will be written.
func (s *Stream) over() bool { return s.err != nil || s.last }

// compose asks the source for the message to send now, if there is one. It may set err and last; a message may come
// with last.
func (s *Stream) compose() (Message, bool) {
	switch {
	case s.over():
	case s.ctx.Err() != nil:
		s.err = context.Cause(s.ctx)
	case !s.written.Before(s.end): // a source that never pauses; other streams meet their end in wait
		s.last = true
	}
	if s.over() {
		return Message{}, false
	}
	m, ok, err := s.src.Next(s.ctx)
	switch {
	case err == io.EOF: //nolint:errorlint // as for io.Reader: an EOF that a database wrapped is a failure
		s.last = true
	case err != nil:
		s.err = err
		return Message{}, false
	}
	if ok {
		s.err = m.check()
	}
	return m, ok && s.err == nil
}

// wait returns true when there is something to write, false when the stream is over. Meanwhile others may write.
func (s *Stream) wait() bool {
	for !s.over() {
		<-s.writeLock
		timedOut := false
		select {
		case <-s.wake:
		case <-s.timer.C:
			timedOut = true
		case <-s.ctx.Done():
		}
		s.writeLock <- struct{}{}
		if timedOut && !s.onTimer(time.Now()) {
			continue
		}
		if s.prepare() {
			return true
		}
	}
	return false
}

// onTimer reports whether the end of the stream or a heartbeat is due, which is not so if others have written since the
// timer was set. It sets the timer to when something is due next.
func (s *Stream) onTimer(now time.Time) bool {
	age := s.end.Sub(now)
	silence := s.written.Add(s.heartbeat).Sub(now)
	if age <= 0 {
		s.last = true
		return true
	}
	if silence <= 0 {
		s.silent, silence = true, s.heartbeat
	}
	s.timer.Reset(min(silence, age))
	return s.silent
}
