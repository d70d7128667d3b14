package sse

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Source is where the messages of one stream come from.
type Source interface {
	// Changed has capacity 1 and is sent to when Next may have something to say, by the source and, when it is time for
	// something, by the stream. It is always the same, and never closed. Nil: the source never changes.
	Changed() chan struct{}
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
	s, err := New(w, r, src, cfg)
	if err != nil {
		return err
	}
	return s.Serve()
}

// New makes a stream, which [Stream.Serve] opens. It is for those who call [Stream.Offer] as well; [Serve] does both.
// Nothing is written if it fails: with [http.ErrNotSupported] for a writer that cannot flush, or for a source whose
// Changed has no capacity.
func New(w http.ResponseWriter, r *http.Request, src Source, cfg Config) (*Stream, error) {
	cfg = cfg.withDefaults()
	s := &Stream{src: src, ctx: r.Context(), bell: src.Changed()}
	if err := s.use(w, r, cfg.WriteTimeout); err != nil {
		return nil, err
	}
	switch {
	case s.bell == nil:
		s.bell = make(chan struct{}, 1)
	case cap(s.bell) == 0:
		return nil, errors.New("sse: the channel of Source.Changed needs a capacity of 1, or what is sent while nobody listens is lost")
	}
	s.pen.take() // Serve has it until it waits
	s.schedule(cfg)
	return s, nil
}

// Serve is the life of the stream, as [Serve] describes it. It is called once.
func (s *Stream) Serve() error {
	s.timer = time.AfterFunc(min(s.heartbeat, time.Until(s.end)), s.alarm)
	defer s.finish()
	carry(s, s.w.Header())
	return s.err
}

// LastEventID returns the id of the last message that the browser had seen before it reconnected, empty on a first
// connect. It comes from the browser: believe nothing in it that is not signed.
func LastEventID(r *http.Request) string { return r.Header.Get("Last-Event-ID") }
