package livetest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/html"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// How clients come back, in time.
const (
	retryEventSource = 3 * time.Second // Chrome's, unless the stream says otherwise
	retryHTMX4       = 500 * time.Millisecond
	firstBackoff     = 500 * time.Millisecond
	maxBackoff       = time.Minute
)

// connection is what one connect element of a page does.
type connection struct {
	element *html.Node
	url     string
	client  htmldom.Client
	cancel  context.CancelFunc
	opened  chan struct{} // closed when the first answer is there, or when the stream has ended
	once    sync.Once     // guards the closing of opened

	retry time.Duration // guarded by the page's mu
}

// follow sees to it that the page has the stream of its connect element, and no other. It holds mu.
func (p *Page) follow() {
	connects := p.dom.Connects()
	switch {
	case p.neverConnects || p.isLeft:
	case len(connects) == 0:
		p.end("the page has no connect element")
	case len(connects) > 1:
		p.end("the page has several connect elements")
		p.b.t.Errorf("livetest: %s has %d connect elements", p.url, len(connects))
	case p.stream == nil || p.stream.element != connects[0].Element:
		p.end("")
		p.lastID = ""
		p.connect(connects[0])
	}
}

// end ends the stream for good. It holds mu.
func (p *Page) end(why string) {
	if p.stream != nil {
		p.stream.cancel()
		p.stream = nil
	}
	p.note = why
	p.notify()
}

// connect begins the stream of a connect element. It holds mu.
func (p *Page) connect(c htmldom.Connect) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(p.b.t.Context()))
	st := &connection{element: c.Element, url: c.URL, client: c.Client, cancel: cancel, opened: make(chan struct{}), retry: retryEventSource}
	if c.Client == htmldom.HTMX4 {
		st.retry = retryHTMX4
	}
	p.stream, p.hadStream = st, true
	p.running.Go(func() { p.run(ctx, st) })
}

// run is the life of a stream: it comes back whenever the server or the network ends it, as its client does.
func (p *Page) run(ctx context.Context, st *connection) {
	defer st.cancel()
	defer st.begin()
	for failures := 0; ; failures++ {
		status, err := p.read(ctx, st)
		if status == http.StatusOK {
			failures = -1
		}
		wait, again := p.reconnectAfter(st, status, err, failures)
		st.begin()
		if !again || !pause(ctx, wait) {
			return
		}
	}
}

// begin tells that the first answer is there.
func (st *connection) begin() { st.once.Do(func() { close(st.opened) }) }

// pause reports whether d has passed before ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// reconnectAfter is how long the client waits before it connects again; again is false if it does not.
func (p *Page) reconnectAfter(st *connection, status int, err error, failures int) (wait time.Duration, again bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stream != st {
		return 0, false
	}
	switch {
	case errors.Is(err, errNoStream):
		p.end(err.Error())
		return 0, false
	case status == http.StatusOK:
		p.note = "the stream was cut, and comes back"
		p.notify()
		return st.retry, true
	case status == http.StatusNoContent || status != 0 && st.client == htmldom.HTMX1B:
		p.end("the stream was refused for good with " + strconv.Itoa(status))
		return 0, false
	case status != 0:
		p.note = "the stream was refused with " + strconv.Itoa(status)
	default:
		p.note = fmt.Sprintf("the stream failed: %v", err)
	}
	if st.client != htmldom.HTMX4 {
		p.lastID = "" // a new EventSource
	}
	p.notify()
	wait = min(firstBackoff<<min(failures, 10), maxBackoff)
	return wait, true
}

var errNoStream = errors.New("the stream is no text/event-stream")

// read reads the stream until it ends. The status is that of its answer, 0 if there was none.
func (p *Page) read(ctx context.Context, st *connection) (status int, err error) {
	req, err := p.streamRequest(ctx, st)
	if err != nil {
		return 0, err
	}
	res, err := p.b.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	kind := res.Header.Get("Content-Type")
	if res.StatusCode != http.StatusOK {
		return res.StatusCode, nil
	}
	if !strings.HasPrefix(kind, "text/event-stream") {
		return 0, fmt.Errorf("%w but %q", errNoStream, kind)
	}
	p.mu.Lock()
	p.note = ""
	p.mu.Unlock()
	st.begin()
	for stream := eventsOf(res.Body); ; {
		ev, ok := stream.next()
		if !ok || !p.gate.pass(ctx) || !p.take(st, ev) { //nolint:contextcheck // the stream of another connect element does not end with this one
			return http.StatusOK, nil
		}
	}
}

func (p *Page) streamRequest(ctx context.Context, st *connection) (*http.Request, error) {
	p.mu.Lock()
	from, id := p.url, p.lastID
	p.mu.Unlock()
	r := request{path: st.url, header: http.Header{"Accept": {"text/event-stream"}, "Cache-Control": {"no-cache"}}}
	if st.client == htmldom.HTMX4 {
		r.header = htmxHeader(st.client, from, st.element, st.element)
		r.header.Set("Accept", "text/html, text/event-stream")
	}
	if id != "" {
		r.header.Set("Last-Event-ID", id)
	}
	return p.b.request(ctx, from, r)
}

// awaitStream waits until the page's stream, if it has one, has begun or was refused.
func (p *Page) awaitStream() {
	p.b.t.Helper()
	p.mu.Lock()
	st := p.stream
	p.mu.Unlock()
	if st == nil {
		return
	}
	timer := time.NewTimer(3 * p.b.Timeout)
	defer timer.Stop()
	select {
	case <-st.opened:
	case <-timer.C:
		p.b.t.Fatalf("livetest: the stream of %s does not begin", p.URL())
	}
}

// Connected reports whether the page has a stream under way: open, or on its way back after a cut.
func (p *Page) Connected() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stream != nil
}

// Ended reports whether the stream has ended for good: the server has taken its connect element off the page or has
// refused it in a way after which the client does not come back. Dropped streams and pages that never had one have not.
func (p *Page) Ended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stream == nil && p.hadStream && p.note != dropped && !p.isLeft
}
