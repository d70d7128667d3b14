package sse

import (
	"context"
	"errors"
	"net/http"
)

// Source is where the messages of one stream come from.
type Source interface {
	// Changed has capacity 1. The source sends to it when Next may have something to say, and the stream does when it has
	// ended by [Stream.Send] or [Stream.End]. It is always the same channel, and never closed. Nil: the source never changes.
	Changed() chan struct{}
	// Next composes the newest message. It is called first when the stream has opened, then after each flushed message
	// until it has nothing (false), then again after Changed. The message's slices must not change before the next call.
	// [io.EOF] ends the stream gracefully, after the message returned with it, if any; another error ends it at once.
	Next(ctx context.Context) (m Message, ok bool, err error)
}

// Serve opens the stream and keeps it until the request's context ends, the source ends, a write fails or misses its
// deadline, or the stream is old. It is the whole life of the request: call it last, from the handler's goroutine.
//
// It returns nil when the stream ended gracefully (source or age), the cause of the context's end, [ErrStalled],
// [ErrInvalid], the source's error or an error of writing. If w cannot flush it returns [http.ErrNotSupported] and has
// written nothing. A panic in the source passes through it.
func Serve(w http.ResponseWriter, r *http.Request, src Source, cfg Config) error {
	s, err := New(w, r, src, cfg)
	if err != nil {
		return err
	}
	return s.Serve()
}

// New makes a stream, which [Stream.Serve] opens. It is for callers that use [Stream.TryAcquire]; the function [Serve] does
// both. Nothing is written if it fails: with [http.ErrNotSupported] for a writer that cannot flush, or for a source with a
// Changed channel of no capacity.
func New(w http.ResponseWriter, r *http.Request, src Source, cfg Config) (*Stream, error) {
	cfg = cfg.withDefaults()
	s := &Stream{src: src, ctx: r.Context(), wake: src.Changed(), writeLock: make(chan struct{}, 1)}
	if err := s.use(w, r, cfg.WriteTimeout); err != nil {
		return nil, err
	}
	switch {
	case s.wake == nil:
		s.wake = make(chan struct{}, 1)
	case cap(s.wake) == 0:
		return nil, errors.New("sse: the channel of Source.Changed needs a capacity of 1, or what is sent while nobody listens is lost")
	}
	s.writeLock <- struct{}{} // the request goroutine has it until it waits
	s.schedule(cfg)
	return s, nil
}

// LastEventID returns the id of the last message that the browser had seen before it reconnected, empty on a first
// connect. It comes from the browser: believe nothing in it that is not signed.
func LastEventID(r *http.Request) string { return r.Header.Get("Last-Event-ID") }
