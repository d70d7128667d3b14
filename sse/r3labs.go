package sse

import (
	"context"
	"net/http"
	"net/url"

	r3labs "github.com/r3labs/sse/v2"
)

// This file is all that knows r3labs/sse. Put the three lines of its carried comment in place of carry, and nothing
// else notices.

// carried is a stream in the hands of a transport:
//
//	l.open()
//	for piece := l.next(ctx); piece != nil; piece = l.next(ctx) {
//		l.write(piece)
//	}
type carried interface {
	open()                           // once, before anything else
	write(piece []byte)              // what next returned, unchanged
	next(ctx context.Context) []byte // flushes what was written and waits; nil: the stream is over
}

// streamName is the name of the one stream of each r3labs server. r3labs reads it from the query of the request it is
// given, so that request is ours: a browser's query and its Last-Event-ID, which r3labs insists is a number, stay out.
const streamName = "page"

// carry runs l through a r3labs server of its own until next returns nil.
//
// r3labs pushes: its handler writes and flushes one event after the other from a queue. Here that handler pulls,
// because the flush that ends one event also waits for the next: [bridge.Flush] asks l for it, publishes it and returns
// to the handler, which then finds it in its queue. So the queue never holds more than one event, all of l runs on the
// goroutine that called carry, and a panic in it unwinds through here.
func carry(ctx context.Context, l carried) {
	gone := make(chan struct{})
	server := r3labs.NewWithCallback(nil, func(string, *r3labs.Subscriber) { close(gone) })
	server.AutoReplay = false // it never forgets an event
	server.BufferSize = 1     // one in flight
	server.CreateStream(streamName)
	defer server.RemoveStream(streamName)

	ctx, cancel := context.WithCancel(ctx)
	b := &bridge{carried: l, server: server, end: cancel}
	b.pull = func() []byte { return l.next(ctx) }
	defer func() {
		cancel()
		if b.opened {
			<-gone // a goroutine of r3labs signs off; the stream's must be there to hear it
		}
	}()
	inner := (&http.Request{URL: &url.URL{RawQuery: "stream=" + streamName}}).WithContext(ctx)
	server.ServeHTTP(b, inner)
}

// bridge is the http.ResponseWriter that r3labs writes to.
type bridge struct {
	carried
	server *r3labs.Server
	event  r3labs.Event // the one in flight, reused
	pull   func() []byte
	end    context.CancelFunc
	opened bool
}

// Header takes r3labs' headers (no-cache, keep-alive) and forgets them: open knows better.
func (b *bridge) Header() http.Header { return http.Header{} }

func (b *bridge) WriteHeader(int) {
	b.opened = true
	b.open()
}

// Write receives ": " + comment + "\n", and then "\n" for the end of the event. A comment is the one thing that r3labs
// writes as it is and without an id of its own, so the finished bytes travel as one and are unwrapped here.
func (b *bridge) Write(p []byte) (int, error) {
	if len(p) > len("\n") {
		b.write(p[len(": ") : len(p)-len("\n")])
	}
	return len(p), nil
}

// Flush waits for the next piece. The handler ends when its context does; an event without data would end it as well,
// but leave a goroutine behind.
func (b *bridge) Flush() {
	piece := b.pull()
	if piece == nil {
		b.end()
		return
	}
	b.event.Comment = piece
	b.server.Publish(streamName, &b.event)
}
