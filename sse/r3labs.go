package sse

import (
	"context"
	"net/http"
	"net/url"
	"runtime"
	"time"

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

// slips is how many times a stream's one event is put into r3labs' queue at once. Behind each subscriber r3labs has
// room for 64, and more would block its goroutine.
const slips = 16

// carry runs l through a r3labs server of its own until next returns nil.
//
// r3labs pushes: its handler takes events from a queue, writes and flushes them. Here that handler pulls, because the
// flush that ends one event also waits for the next ([bridge.Flush]). What stands in the queue is always the same
// event, filled in just before the handler takes it out: a slip that permits one more write, not a message that waits.
// So all of l runs on the goroutine that called carry, a panic in it unwinds through here, and r3labs' own goroutine,
// which would cost as much as half of the write, is needed only once for several messages, to bring new slips.
func carry(ctx context.Context, l carried) {
	b := newBridge(ctx, l)
	defer b.server.RemoveStream(streamName)
	b.server.ServeHTTP(b, streamRequest()) //nolint:contextcheck // the request's end is l's to notice: see unwatched
}

func newBridge(ctx context.Context, l carried) *bridge {
	server := r3labs.New()
	server.AutoReplay = false // it would never forget an event
	server.BufferSize = slips
	server.CreateStream(streamName)
	return &bridge{carried: l, pull: func() []byte { return l.next(ctx) }, server: server}
}

//go:noinline // a Request on carry's stack would stay there
func streamRequest() *http.Request {
	r := &http.Request{URL: &url.URL{RawQuery: "stream=" + streamName}}
	return r.WithContext(unwatched{})
}

// unwatched is the context that r3labs sees. The one thing r3labs does with it is to start a goroutine that waits for
// its end in order to sign the subscriber off. Here l watches the real context and the stream goes with its subscriber,
// so that goroutine would only cost each idle stream 3 KB, and it is the one that leaks when a stream is removed too
// early. It has to ask what to wait for, and is sent home.
type unwatched struct{}

func (unwatched) Done() <-chan struct{} {
	runtime.Goexit()
	return nil
}

func (unwatched) Deadline() (time.Time, bool) { return time.Time{}, false }
func (unwatched) Err() error                  { return nil }
func (unwatched) Value(any) any               { return nil }

// bridge is the http.ResponseWriter that r3labs writes to.
type bridge struct {
	carried
	pull   func() []byte
	server *r3labs.Server
	event  r3labs.Event // the only one; r3labs passes it on unread until the handler takes it out
	queued int          // slips in r3labs' hands
}

// Header takes r3labs' headers (no-cache, keep-alive) and forgets them: open knows better.
func (b *bridge) Header() http.Header { return http.Header{} }

func (b *bridge) WriteHeader(int) { b.open() }

// Write receives ": " + comment + "\n", and then "\n" for the end of the event. A comment is the one thing that r3labs
// writes as it is and without an id of its own, so the finished bytes travel as one and are unwrapped here.
func (b *bridge) Write(p []byte) (int, error) {
	if len(p) > len("\n") {
		b.write(p[len(": ") : len(p)-len("\n")])
	}
	return len(p), nil
}

// Flush fills in the event with what comes next. At the end that is nothing, and an event of nothing is what ends
// r3labs' handler.
func (b *bridge) Flush() {
	b.event.Comment = nil // while idle, hold nothing
	b.event.Comment = b.pull()
	if b.queued == 0 {
		for ; b.queued < slips; b.queued++ {
			b.server.Publish(streamName, &b.event)
		}
	}
	b.queued--
}
