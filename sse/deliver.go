package sse

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// ErrPanic is the error of a stream that ended by a panic between [Stream.TryAcquire] and [Stream.Release]. The panic's
// value and stack follow it.
var ErrPanic = errors.New("sse: panic")

// slowAfter is how long the write of one message may take before its browser counts as slow. One that finds room in
// the kernel's buffer takes a hundredth of it.
const slowAfter = time.Millisecond

// TryAcquire takes the stream for one message, which the calling goroutine writes itself. To wake the request goroutine
// instead costs half as much as a write, because its stack and channels have left the caches since it last ran:
//
//	if !s.TryAcquire() {
//		return false // the source signals Changed: the request goroutine sends it
//	}
//	defer s.Release()
//	s.Message.ID = append(s.Message.ID, id...)
//	s.Message.Data = append(s.Message.Data, data...)
//	s.Send()
//	return true
//
// It may be called from any goroutine at any time after [New] and does not wait. It returns false if the stream is being
// written, has not begun, is over, or if its browser was slow to take the message before.
//
// Until Release, [Stream.Message] is the caller's, the source is not asked and nothing else is written.
func (s *Stream) TryAcquire() bool {
	select {
	case s.writeLock <- struct{}{}:
	default:
		return false
	}
	if s.slow || s.last || s.err != nil || !s.written.Before(s.end) {
		<-s.writeLock
		return false
	}
	s.frame = newFrame(s.silence)
	s.Message = &s.frame.message
	return true
}

// Send checks and writes [Stream.Message]. It is called at most once for each [Stream.TryAcquire].
//
// An error ends the stream after Release: [ErrInvalid] if the message cannot be sent, [ErrStalled] or another error of
// writing. Serve returns it. Send takes as long as a write does: up to [Config.WriteTimeout] and half as much again
// where the browser has just stopped to read. That browser counts as slow from then on.
func (s *Stream) Send() {
	f := s.frame
	if s.err = f.message.check(); s.err != nil {
		return
	}
	for piece := f.next(); piece != nil && s.err == nil; piece = f.next() {
		s.write(piece)
	}
	s.flush()
}

// End ends the stream after [Stream.Release]. It is called between TryAcquire and Release, after Send if there is a last
// message. Serve returns err; nil ends the stream gracefully. An error that Send has met before is kept.
func (s *Stream) End(err error) {
	s.last = true
	if s.err == nil {
		s.err = err
	}
}

// Release gives the stream back. It must follow each [Stream.TryAcquire] that returned true, deferred, whether the message
// was sent or not. The message must not be used any more.
//
// It recovers from a panic since TryAcquire and ends the stream with [ErrPanic]: a part of the message may have been
// written, or the source may believe that it was. For that, Release itself has to be deferred, or be the method of a type
// that embeds the Stream. If a deferred function calls it, that function recovers and calls End first.
func (s *Stream) Release() {
	if v := recover(); v != nil {
		s.End(fmt.Errorf("%w: %v\n%s", ErrPanic, v, debug.Stack()))
	}
	s.frame.release()
	s.frame, s.Message = nil, nil
	over := s.last || s.err != nil
	<-s.writeLock
	if over {
		select {
		case s.wake <- struct{}{}: // the request goroutine ends what it began
		default: // it has not seen the last one yet
		}
	}
}
