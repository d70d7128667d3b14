package sse

import (
	"context"
	"net/http"
)

// Source is where the messages of one stream come from.
type Source interface {
	// Changed has capacity 1 and receives when Next may have something to say. It is never closed.
	Changed() <-chan struct{}
	// Next composes the newest message. It is called first when the stream has opened, then after each flushed message
	// until it has nothing (false), then again after Changed. [io.EOF] ends the stream gracefully, after the message
	// returned with it, if any; another error ends it at once.
	Next(ctx context.Context) (m Message, ok bool, err error)
}

// Serve opens the stream and keeps it until the request's context ends, the source ends, a write fails or misses its
// deadline, or the stream is old. It is the whole life of the request: call it last, from the handler's goroutine.
//
// It returns nil when the stream ended gracefully (source or age), the cause of the context's end, [ErrStalled],
// [ErrInvalid], the source's error or an error of writing. If w cannot flush it returns [http.ErrNotSupported] and has
// written nothing. A panic in the source passes through it.
func Serve(w http.ResponseWriter, r *http.Request, src Source, cfg Config) error {
	l, err := newLoop(w, r, src, cfg)
	if err != nil {
		return err
	}
	defer l.finish()
	carry(r.Context(), l)
	return l.err
}

// newLoop makes the stream. What lies on the stack of Serve and carry lies there for as long as the stream is open, and
// a stack is 8 or 16 KB, so both leave all making to functions that return.
func newLoop(w http.ResponseWriter, r *http.Request, src Source, cfg Config) (*loop, error) {
	cfg = cfg.withDefaults()
	out, err := newWire(w, r, cfg.WriteTimeout)
	if err != nil {
		return nil, err
	}
	l := &loop{wire: out, src: src}
	l.schedule(r.Context(), cfg)
	return l, nil
}

// LastEventID returns the id of the last message that the browser had seen before it reconnected, empty on a first
// connect. It comes from the browser: believe nothing in it that is not signed.
func LastEventID(r *http.Request) string { return r.Header.Get("Last-Event-ID") }
