package sse

import (
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	r3labs "github.com/r3labs/sse/v2"
)

// This file is all that knows r3labs/sse. Put the lines of the comment of carried in place of carry, and nothing else
// notices.

// carried is a stream in the hands of a transport:
//
//	s.open()
//	for ok := true; ok; ok = s.wait() {
//		for piece := s.more(); piece != nil; piece = s.more() {
//			s.write(piece)
//		}
//	}
type carried interface {
	open()                // once, before anything else; it takes from the header what the transport has put there
	write(piece []byte)   // what more returned, unchanged
	more() (piece []byte) // flushes what was written; nil: there is nothing now
	wait() bool           // until there may be more; false: the stream is over
}

// slips is how many times the one event of a round is put into r3labs' hands. For each subscriber r3labs has room for
// 64, and more would block its goroutine.
const slips = 16

// carry runs s through r3labs until it is over.
//
// r3labs pushes: its handler takes events from a queue, writes and flushes them. Here that handler pulls, because the
// flush that ends one event also fetches the next ([bridge.Flush]). What stands in the queue is always the same event,
// filled in just before the handler takes it out: a slip that permits one more write, not a message that waits. So all
// of s runs on the goroutine that called carry, and a panic in it unwinds through here.
//
// Each time s wakes up, what it has to say is one round: a run of r3labs' handler on an r3labs stream that has no
// other purpose. While s waits, r3labs holds nothing, which spares each idle page a kilobyte and a goroutine.
func carry(s carried, header http.Header) {
	say(&bridge{carried: s, header: header, opens: true})
	for s.wait() {
		say(&bridge{carried: s, header: http.Header{}})
	}
}

// say carries what there is to say now: in one round, or more if the slips of one are used up.
func say(b *bridge) {
	for again := true; again; again = b.left == 0 {
		b.round()
	}
}

// server is the one r3labs server. A stream is in it only while the slips of a round are handed out.
//
//nolint:gochecknoglobals // one for each stream would be half a kilobyte for each idle page
var server = sync.OnceValue(func() *r3labs.Server {
	s := r3labs.New()
	s.AutoReplay = false // it would never forget an event
	s.BufferSize = 0     // what Publish has returned from is in the hands of r3labs' goroutine, or further
	return s
})

// rounds numbers the r3labs streams.
var rounds atomic.Uint64 //nolint:gochecknoglobals // of that server

// bridge is the http.ResponseWriter that r3labs writes to.
type bridge struct {
	carried
	header http.Header
	name   string       // of the r3labs stream; empty: the slips are in the handler's queue
	event  r3labs.Event // the only one; r3labs passes it on unread until the handler takes it out
	left   int          // slips in the handler's queue
	opens  bool         // the stream has not been opened yet
}

// round is one run of r3labs' handler: until there is nothing more to say, or the slips are used up.
func (b *bridge) round() {
	b.name = strconv.FormatUint(rounds.Add(1), 36)
	server().CreateStream(b.name)
	defer b.remove() // if a writer panics before the slips are handed out
	server().ServeHTTP(b, requestFor(b.name))
}

// requestFor is the request that r3labs is given. It reads the stream's name from the query. A browser's own query and
// its Last-Event-ID, which r3labs insists is a number, stay out.
//
//go:noinline // a Request on the stack of round would stay there
func requestFor(name string) *http.Request {
	r := &http.Request{URL: &url.URL{RawQuery: "stream=" + name}}
	return r.WithContext(unwatched{})
}

// unwatched is the context that r3labs sees. The one thing r3labs does with it is to start a goroutine that waits for
// its end in order to sign the subscriber off. Here the r3labs stream is gone long before, so that goroutine would wait
// for ever. It has to ask what to wait for, and is sent home.
type unwatched struct{}

func (unwatched) Done() <-chan struct{} {
	runtime.Goexit()
	return nil
}

func (unwatched) Deadline() (time.Time, bool) { return time.Time{}, false }
func (unwatched) Err() error                  { return nil }
func (unwatched) Value(any) any               { return nil }

// Header takes r3labs' headers (no-cache, keep-alive); open knows better, and what comes later is for nobody.
func (b *bridge) Header() http.Header { return b.header }

func (b *bridge) WriteHeader(int) {
	if b.opens {
		b.open()
		b.opens, b.header = false, http.Header{}
	}
}

// Write receives ": " + comment + "\n", and then "\n" for the end of the event. A comment is the one thing that r3labs
// writes as it is and without an id of its own, so the finished bytes travel as one and are unwrapped here.
func (b *bridge) Write(p []byte) (int, error) {
	if len(p) > len("\n") {
		b.write(p[len(": ") : len(p)-len("\n")])
	}
	return len(p), nil
}

// Flush is called after the headers, and then after each event. It fills in the event with what comes next. If that is
// nothing, an event of nothing is what ends r3labs' handler; so does a queue that is closed and empty.
func (b *bridge) Flush() {
	if b.name != "" {
		b.handOut()
	}
	if b.left > 0 {
		b.left--
		b.event.Comment = b.more()
	}
}

// handOut puts the slips into the handler's queue, and ends the r3labs stream that is only needed for that.
func (b *bridge) handOut() {
	for b.left = 0; b.left < slips; b.left++ {
		server().Publish(b.name, &b.event)
	}
	b.remove()
}

func (b *bridge) remove() {
	if b.name != "" {
		server().RemoveStream(b.name)
		b.name = ""
	}
}
