package adapter

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/sse"
	"github.com/htmxlive/htmxlive/views"
)

// All that the package knows of live's face for adapters, and of how sse writes, stands in this file.

type pinnedRows = map[string]live.PinnedRows

// answerLimit is the answer to a limit that a browser can run into; nil for those that an author does.
func answerLimit(limit *live.LimitError) *Error {
	switch limit.Limit {
	case live.LimitStreamsPerSession, live.LimitStreamsPerUser:
		return &Error{Status: http.StatusTooManyRequests, Message: fmt.Sprintf("Too many pages (%d) are open: close some.", limit.Max)}
	case live.LimitStreams, live.LimitFetches:
		return &Error{Status: http.StatusServiceUnavailable, Message: "Too much is going on, try again in a moment."}
	default:
		return nil
	}
}

// runStream is the life of the stream.
func (q *Request) runStream() {
	q.token, q.streaming = "", true // the token has served
	src := &q.source
	src.request = q
	cfg := q.handler.cfg.Stream
	cfg.Retry = 0 // the first message says it
	stream, err := sse.New(src.writer(), q.r, src, cfg)
	if err == nil {
		src.Stream = stream
		q.transport.Attach(src)
		q.transport.Start()
		err = stream.Serve()
	}
	q.logEnd(err)
}

// source makes messages of what a page has to send, and is its stream to live.
type source struct {
	*sse.Stream // TryAcquire and Release are the stream's own: Release must be what is deferred

	request *Request
	begun   bool
	sent    bool // the last call of Next returned a message
	out     response
}

// response is a router's writer, with the flush of the writer below it that reports what becomes of it: Echo's keeps an
// error of flushing to itself.
type response struct {
	http.ResponseWriter
	flushReporter
}

func (r *response) Unwrap() http.ResponseWriter { return r.ResponseWriter }

type flushReporter interface{ FlushError() error }

// writer is what the stream writes to.
func (s *source) writer() http.ResponseWriter {
	w := s.request.w
	if _, ok := w.(flushReporter); ok {
		return w
	}
	wrapper, ok := w.(interface{ Unwrap() http.ResponseWriter })
	if !ok {
		return w
	}
	below, ok := wrapper.Unwrap().(flushReporter)
	if !ok {
		return w
	}
	s.out = response{w, below}
	return &s.out
}

func (s *source) Changed() chan struct{} { return s.request.transport.Changed() }

// Next is the next message. The first one is sent even if it carries nothing: its id tells the browser
// what to say when it comes back.
func (s *source) Next(context.Context) (sse.Message, bool, error) {
	if s.sent && len(s.Changed()) == 0 { // the stream asks again after each message: what has come since is announced by Changed
		s.sent = false
		return sse.Message{}, false, nil
	}
	u, ok := s.request.transport.Next()
	s.sent = ok || !s.begun
	if !s.sent {
		return sse.Message{}, false, nil
	}
	var m sse.Message
	err := s.message(&m, u)
	return m, true, err
}

// Send sends u, which has patches only.
func (s *source) Send(u live.Update) {
	if err := s.message(s.Message, u); err != nil {
		s.End(err)
		return
	}
	s.Stream.Send()
}

// endWithin is what a browser may take of the end of its stream.
const endWithin = time.Second

// ShortenDeadline lets nothing wait for a browser that does not read.
func (s *source) ShortenDeadline() { s.Stream.ShortenDeadline(endWithin) }

// message fills in m, which is empty. With [io.EOF] it is the last.
func (s *source) message(m *sse.Message, u live.Update) error {
	q := s.request
	if !s.begun {
		s.begun = true
		m.Retry = q.handler.retry()
	}
	for _, patch := range u.Patches {
		wire := patch.Wire.Load()
		if wire == nil { // two goroutines may both encode it, to the same
			b := sse.Encode(patch.HTML)
			wire = &b
			patch.Wire.Store(wire)
		}
		m.Data = append(m.Data, *wire)
	}
	if u.Query != nil {
		connect, err := q.streamURL(q.w, u.Query)
		if err != nil {
			return err
		}
		m.Data = append(m.Data, sse.Encode([]byte(q.reconnectTo(connect, u.Query))))
	}
	if u.Close != nil {
		return s.end(m, *u.Close)
	}
	if u.KeysChanged {
		q.pinned = q.handler.sealPinned(q.transport.State().Pinned, q.key, q.path)
	}
	m.ID = appendID(m.ID, u.Digests, q.pinned)
	return nil
}

// end sends what is left and ends the stream; for good by taking the connect element off the page, so that no client tries again.
func (s *source) end(m *sse.Message, why live.CloseReason) error {
	if why.RetryAfter > 0 {
		m.Retry = why.RetryAfter
	}
	if why.Reload {
		m.Data = append(m.Data, sse.Encode([]byte(views.Reload())))
	}
	if why.Permanent {
		m.Data = append(m.Data, sse.Encode([]byte(views.Disconnect(s.request.handler.cfg.Element))))
	}
	return io.EOF
}
