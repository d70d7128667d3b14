package browsertest

import (
	"fmt"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
)

// Stream is one event stream of a page, whatever reads it: an EventSource (htmx 1.9 and 2) or a fetch (htmx 4).
type Stream struct {
	URL    string // what was asked
	Status int    // the answer's status
	Open   bool   // whether the answer is still being read

	document cdp.LoaderID
}

// streams follows a page's event streams through the network events that the browser reports.
type streams struct {
	mu      sync.Mutex // guards all below
	byID    map[network.RequestID]*Stream
	history []*Stream // in the order of their answers
	open    int
	peak    int
}

func newStreams() *streams { return &streams{byID: map[network.RequestID]*Stream{}} }

// see takes what concerns streams from the page's events. It runs on the goroutine that reads them.
//
// A stream is open from its answer, not from its request: an old stream that is closed in the same breath as a new one
// is asked for is then never counted beside it. The browser says nothing of the streams of a document that it leaves, so
// they count as ended.
func (s *streams) see(event any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e := event.(type) {
	case *network.EventResponseReceived:
		if e.Response.MimeType != "text/event-stream" {
			return
		}
		stream := &Stream{URL: e.Response.URL, Status: int(e.Response.Status), Open: true, document: e.LoaderID}
		s.byID[e.RequestID] = stream
		s.history = append(s.history, stream)
		s.open++
		s.peak = max(s.peak, s.open)
	case *network.EventLoadingFinished:
		s.ended(e.RequestID)
	case *network.EventLoadingFailed:
		s.ended(e.RequestID)
	case *page.EventFrameNavigated:
		if e.Frame.ParentID == "" {
			s.left(e.Frame.LoaderID)
		}
	}
}

// left ends the streams of all documents but the new one.
func (s *streams) left(document cdp.LoaderID) {
	for id, stream := range s.byID {
		if stream.document != document {
			s.ended(id)
		}
	}
}

func (s *streams) ended(id network.RequestID) {
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
	p.streams.mu.Lock()
	defer p.streams.mu.Unlock()
	all := make([]Stream, 0, len(p.streams.history))
	for _, stream := range p.streams.history {
		all = append(all, *stream)
	}
	return all
}

// OpenStreams is the number of event streams that the page reads now.
func (p *Page) OpenStreams() int {
	p.streams.mu.Lock()
	defer p.streams.mu.Unlock()
	return p.streams.open
}

// PeakStreams is the most event streams that the page read at the same time since it was opened, or since the last
// call of PeakStreams: a page that replaces its stream correctly never has more than one.
func (p *Page) PeakStreams() int {
	p.streams.mu.Lock()
	defer p.streams.mu.Unlock()
	peak := p.streams.peak
	p.streams.peak = p.streams.open
	return peak
}

// WaitForStreams waits until the page reads exactly n event streams.
func (p *Page) WaitForStreams(n int) {
	p.t.Helper()
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
