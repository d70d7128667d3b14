package main

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

	r3labs "github.com/r3labs/sse/v2"
)

// r3labsStream is r3labs/sse as its README shows it: one stream, all subscribe to it. Whoever does not read stops it
// for everybody once 64 messages wait, and AutoReplay, which is on, keeps all messages for ever.
type r3labsStream struct {
	*r3labs.Server

	sample Sample
}

func newR3labs(s Sample) *r3labsStream {
	server := r3labs.New()
	server.CreateStream("messages")
	return &r3labsStream{Server: server, sample: s}
}

func (t *r3labsStream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t.Server.ServeHTTP(w, onStream(r, "messages"))
}

func (t *r3labsStream) publish(seq int) error {
	t.Publish("messages", &r3labs.Event{Data: t.sample.data(seq)})
	return nil
}

func (t *r3labsStream) close() { t.Close() }

// r3labsPages is what its users do when pages differ from each other: the same, with a stream for each page.
type r3labsPages struct {
	*r3labs.Server

	sample Sample
	pages  atomic.Int64

	mu      sync.Mutex
	streams map[string]struct{} // guarded by mu
}

func newR3labsPages(s Sample) *r3labsPages {
	return &r3labsPages{Server: r3labs.New(), sample: s, streams: map[string]struct{}{}}
}

func (t *r3labsPages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strconv.FormatInt(t.pages.Add(1), 10)
	t.CreateStream(name)
	t.mu.Lock()
	t.streams[name] = struct{}{}
	t.mu.Unlock()
	t.Server.ServeHTTP(w, onStream(r, name))
}

func (t *r3labsPages) publish(seq int) error {
	data := t.sample.data(seq)
	t.mu.Lock()
	defer t.mu.Unlock()
	for name := range t.streams {
		t.Publish(name, &r3labs.Event{Data: data})
	}
	return nil
}

func (t *r3labsPages) close() { t.Close() }

// onStream names the stream where r3labs looks for it.
func onStream(r *http.Request, name string) *http.Request {
	r = r.Clone(r.Context())
	r.URL.RawQuery = "stream=" + name
	return r
}
