package sse

import (
	"context"
	"net/http"
	"net/url"

	r3labs "github.com/r3labs/sse/v2"
)

// This file is all that knows r3labs/sse. What the request goroutine sends (the opening message, heartbeats, what the
// source composes) is sent by r3labs' handler, in cycles: one when the stream opens, one each time wait returns.
//   - A cycle is one request to an r3labs server of its own. Its handler subscribes to an r3labs stream, writes the
//     headers and flushes; then it takes one event after the other from the stream, writes and flushes it.
//   - [responseWriter.Flush] publishes the next piece of bytes to that stream, so one event at most is in the queue. When
//     there is nothing more to say it ends the request's context. Then r3labs signs off and removes the stream.
//   - A piece travels as the comment of its event, which r3labs writes as ": " + comment + "\n" and leaves alone
//     otherwise; Write takes these three bytes off again. (r3labs' data would come with an id line.)
//
// While a stream waits, r3labs holds nothing: its queue and its two goroutines would cost each idle page 5 KB.

// serve runs the stream. Without r3labs a cycle would be: for p := s.next(); p != nil; p = s.next() { s.write(p) }.
func (s *Stream) serve() {
	s.cycle()
	for s.wait() {
		s.cycle()
	}
}

// cycle sends what there is to say now. A panic of the source or the writer passes through it, and through r3labs.
func (s *Stream) cycle() {
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.ctx)) // the stream looks at s.ctx itself, between messages
	defer cancel()
	server := r3labs.New()
	server.AutoStream, server.AutoReplay, server.BufferSize = true, false, 1
	w := &responseWriter{stream: s, server: server, cancel: cancel}
	request := &http.Request{URL: &url.URL{RawQuery: "stream=" + streamName}}
	server.ServeHTTP(w, request.WithContext(ctx))
}

const streamName = "page"

// responseWriter is the http.ResponseWriter that r3labs writes to.
type responseWriter struct {
	stream *Stream
	server *r3labs.Server
	cancel context.CancelFunc
	event  r3labs.Event // the only one at a time
}

// Header takes r3labs' headers (no-cache, keep-alive) and loses them: open sets better ones.
func (w *responseWriter) Header() http.Header { return http.Header{} }

// WriteHeader is called first in each cycle, and opens the stream in the first one.
func (w *responseWriter) WriteHeader(int) { w.stream.open() }

// Write receives ": " + piece + "\n", and then "\n", which ends the event.
func (w *responseWriter) Write(p []byte) (int, error) {
	if len(p) > len("\n") {
		w.stream.write(p[len(": ") : len(p)-len("\n")])
	}
	return len(p), nil
}

// Flush is called after the headers, and after each event.
func (w *responseWriter) Flush() {
	w.event.Comment = w.stream.next()
	if w.event.Comment == nil {
		w.cancel()
		return
	}
	w.server.Publish(streamName, &w.event)
}
