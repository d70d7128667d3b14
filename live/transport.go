package live

import (
	"fmt"
	"net/url"
	"time"
)

// Transport is a [Socket] as an adapter for a router drives it, package middleware for example: it loads pages and serves
// their streams. Authors of pages have no use for it.
//
// A load is Connect, the handler, Render, Close. A stream is Connect with SocketConfig.Connected, the handler, Attach,
// Start, then Next whenever Changed receives, Close.
type Transport struct{ socket Socket }

// StreamWriter is the stream of one page, as far as live knows it.
type StreamWriter interface {
	// TryAcquire takes the stream for one message, from any goroutine, and reports whether it could: not while the stream
	// is sending, before [Transport.Start], after its end, or where its browser is slow. After true come at most one Send,
	// and Release. Until then neither Start nor Next runs.
	TryAcquire() bool
	// Send sends u, which has patches and digests only. It does not keep the slices.
	Send(u Update)
	// Release gives the stream back. It is deferred, so it runs after a panic of Send as well; one that does not recover
	// ends the program.
	Release()
	// ShortenDeadline says, from any goroutine and perhaps after the stream, that the page is to end: a browser that does
	// not read must not hold that up.
	ShortenDeadline()
}

// Update is what a page has to be sent.
type Update struct {
	Patches     []*Patch     // in the order of the page's fragments
	Digests     []Digest     // of what the page's fragments show after this update
	Query       url.Values   // not nil: ChangePage has led to these query parameters; the page needs a stream of them
	Close       *CloseReason // not nil: the stream ends after this update
	KeysChanged bool         // the page pins other rows from here on than it said it did, or than the Update before led to
}

// CloseReason says how a stream ends.
type CloseReason struct {
	Permanent  bool          // the page must not come back, and what it may not show has been cleared: everything where its session has ended
	Reload     bool          // the browser should load the page again: what else it shows is not known, and may have to go
	RetryAfter time.Duration // how long the browser should wait before it comes back; 0: its own time
}

// State is what a page shows, in a form that survives the process.
type State struct {
	Digests []Digest              // of the fragments
	Pinned  map[string]PinnedRows // rows that assigns pin, by the assign's name
}

// Socket is the page as its handler sees it.
func (t *Transport) Socket() *Socket { return &t.socket }

// Live reports whether anything is kept on the page.
func (t *Transport) Live() bool { return len(t.socket.assigns) > 0 }

// Render is what the page shows now, in order: for a load of the page, and for a page change. It is an error when two
// elements of the page have one id: two fragments, a fragment and a row that the page shows, or rows of two lists, because their
// prefixes are equal. One would be taken for the other.
func (t *Transport) Render() ([]*Rendering, error) {
	s := &t.socket
	if err := s.checkIDs(); err != nil {
		return nil, err
	}
	out := make([]*Rendering, 0, len(s.slots))
	for _, sl := range s.slots {
		r := s.target(sl)
		if r == nil {
			return nil, fmt.Errorf("live: fragment %q could not be rendered: %w", sl.fragment.ID(), sl.problem())
		}
		sl.show(r)
		out = append(out, r)
	}
	return out, nil
}

// Attach names what sends the page, besides the goroutine that reads Changed. It comes before Start, in the midst of which
// the writer may be used for the first time.
func (t *Transport) Attach(w StreamWriter) {
	t.socket.mu.Lock()
	defer t.socket.mu.Unlock()
	t.socket.writer = w
}

// Start begins the page's life on its stream: from here on notifications and intervals refetch. It comes when the handler
// has returned.
func (t *Transport) Start() { t.socket.start() }

// Changed receives when Next may have something. It has capacity 1, and its reader may send on it too.
func (t *Transport) Changed() chan struct{} { return t.socket.changed }

// Next is the difference between what the browser shows and what is known now; false where there is
// none. It is for the stream's goroutine, whenever the connection can take more: nothing queues up.
func (t *Transport) Next() (Update, bool) { return t.socket.next() }

// EndIfGone is for a stream with a handler that has failed: it reports whether that is because Keep found that a subject is
// gone or forbidden. Then the stream takes what the page showed of it off the page, asks the browser to load the page
// again, for nothing else that it shows is known, and ends for good. A handler that does without the subject keeps its stream.
func (t *Transport) EndIfGone() bool {
	s := &t.socket
	for _, a := range s.assigns {
		s.gone = s.gone || a.lost
	}
	return s.gone
}

// State is what the page shows, for the stream that will follow or come back.
func (t *Transport) State() State {
	s := &t.socket
	var st State
	for _, sl := range s.slots {
		if sl.known {
			st.Digests = append(st.Digests, sl.digest)
		}
	}
	for _, a := range s.assigns {
		if k := a.cohort.pinnedBy(&a.subscriber); k != nil {
			if st.Pinned == nil {
				st.Pinned = map[string]PinnedRows{}
			}
			st.Pinned[a.name] = k.export()
		}
	}
	return st
}

// End ends the stream, from any goroutine.
func (t *Transport) End(why CloseReason) { t.socket.end(why) }

// Close ends the page's part in every query and waits for fetches under way. It may be called twice.
func (t *Transport) Close() { t.socket.close() }
