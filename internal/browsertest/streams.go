package browsertest

import (
	"fmt"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
)

// Stream is one event stream of a page, whatever reads it: an EventSource (htmx 1.9 and 2) or a fetch (htmx 4).
type Stream struct {
	URL    string // what was asked
	Status int    // the answer's status
	Open   bool   // whether the answer is still being read

	document string // the browser's name for it
}

// streams follows a page's event streams through the network events that the browser reports.
//
// A stream is open from its answer, not from its request: an old stream that is closed in the same breath as a new one
// is asked for is then never counted beside it. The browser says nothing of the streams of a document that it leaves, so
// they count as ended.
type streams struct {
	mu      sync.Mutex         // guards all below
	byID    map[string]*Stream // by the browser's name for the request
	history []*Stream          // in the order of their answers
	open    int
	peak    int
}

func newStreams() *streams { return &streams{byID: map[string]*Stream{}} }

// see takes what concerns streams from Chromium's events. It runs on the goroutine that reads them.
func (s *streams) see(event any) {
	switch e := event.(type) {
	case *network.EventResponseReceived:
		if e.Response.MimeType == eventStream {
			s.answered(string(e.RequestID), Stream{URL: e.Response.URL, Status: int(e.Response.Status), document: string(e.LoaderID)})
		}
	case *network.EventLoadingFinished:
		s.ended(string(e.RequestID))
	case *network.EventLoadingFailed:
		s.ended(string(e.RequestID))
	case *page.EventFrameNavigated:
		if e.Frame.ParentID == "" {
			s.left(string(e.Frame.LoaderID))
		}
	}
}

const eventStream = "text/event-stream"

// answered takes note of a new stream.
func (s *streams) answered(id string, stream Stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	stream.Open = true
	s.byID[id] = &stream
	s.history = append(s.history, &stream)
	s.open++
	s.peak = max(s.peak, s.open)
}

// left ends the streams of all documents but the new one.
func (s *streams) left(document string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, stream := range s.byID {
		if stream.document != document {
			s.end(id)
		}
	}
}

func (s *streams) ended(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(id)
}

// end marks a stream as ended; the caller holds mu.
func (s *streams) end(id string) {
	stream, ok := s.byID[id]
	if !ok {
		return
	}
	delete(s.byID, id)
	stream.Open = false
	s.open--
}

// Streams are the page's event streams since it was opened, oldest first, those of earlier documents included. A
// document that was left has none open, as far as this can be seen from outside: only the server knows whether one in
// the back/forward cache still holds its stream.
func (p *Page) Streams() []Stream {
	p.t.Helper()
	p.must(CountStreams)
	p.events.streams.mu.Lock()
	defer p.events.streams.mu.Unlock()
	all := make([]Stream, 0, len(p.events.streams.history))
	for _, stream := range p.events.streams.history {
		all = append(all, *stream)
	}
	return all
}

// OpenStreams is the number of event streams that the page reads now.
func (p *Page) OpenStreams() int {
	p.t.Helper()
	p.must(CountStreams)
	p.events.streams.mu.Lock()
	defer p.events.streams.mu.Unlock()
	return p.events.streams.open
}

// PeakStreams is the most event streams that the page read at the same time since it was opened, or since the last
// call of PeakStreams: a page that replaces its stream correctly never has more than one.
func (p *Page) PeakStreams() int {
	p.t.Helper()
	p.must(CountStreams)
	p.events.streams.mu.Lock()
	defer p.events.streams.mu.Unlock()
	peak := p.events.streams.peak
	p.events.streams.peak = p.events.streams.open
	return peak
}

// WaitForStreams waits until the page reads exactly n event streams. An engine that cannot count them skips it, which the
// test's log says.
func (p *Page) WaitForStreams(n int) {
	p.t.Helper()
	if p.skips(CountStreams) {
		return
	}
	if !p.until(func() bool { return p.OpenStreams() == n }) {
		p.t.Fatalf("browsertest: waited %s for %d open streams, there are %d\n%s", p.timeout, n, p.OpenStreams(), p.state())
	}
}

// String lists the streams for a failure.
func (s *streams) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, stream := range s.history {
		fmt.Fprintf(&b, "%+v\n", *stream)
	}
	return b.String()
}
