//go:build unix

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/htmxlive/htmxlive/internal/deskpage"
	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// page is a page as a browser with htmx has it: a document and a stream, which comes back when it breaks, at another node if
// its own does not answer.
type page struct {
	who    *visitor
	place  deskpage.Place
	nodes  []*member
	lookup htmldom.Lookup

	mu      sync.Mutex // guards everything below
	home    int        // the node that it asks first
	dom     htmldom.Page
	connect string // the URL of the connect element
	lastID  string
	version int                // counts connect elements: what an old stream still says is not heard
	retry   time.Duration      // as the stream said
	drop    context.CancelFunc // ends the stream under way
	loaded  chan struct{}      // closed when the page is loaded again
	asleep  chan struct{}      // nil, or closed when the page reads again
	fault   error              // the first message that could not be applied
}

// firstRetry is how soon a page comes back when its stream has named no time.
const firstRetry = 500 * time.Millisecond

func newPage(who *visitor, at deskpage.Place, nodes []*member, home int, lookup htmldom.Lookup) *page {
	return &page{who: who, place: at, nodes: nodes, home: home % len(nodes), lookup: lookup, loaded: make(chan struct{})}
}

// load goes to the page as if its address were typed, at the first node that answers.
func (p *page) load(ctx context.Context) error {
	var last error
	for range 2 * len(p.nodes) {
		status, text, err := p.who.get(ctx, p.base()+p.place.Path)
		switch {
		case err == nil && status == http.StatusOK:
			return p.show(text)
		case err == nil && status < http.StatusInternalServerError:
			return fmt.Errorf("%w: GET %s: %d", errRefused, p.place.Path, status)
		case ctx.Err() != nil:
			return ctx.Err()
		}
		last = fmt.Errorf("GET %s%s: %d %w", p.base(), p.place.Path, status, err)
		p.elsewhere()
		rest(100*time.Millisecond, ctx.Done())
	}
	return last
}

func (p *page) show(text string) error {
	dom, err := htmldom.Parse(text)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dom, p.fault = dom, nil
	p.reconnect()
	return nil
}

func (p *page) base() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.nodes[p.home].URL()
}

// elsewhere is what a proxy does with a request to a node that does not answer.
func (p *page) elsewhere() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.home = (p.home + 1) % len(p.nodes)
}

// reconnect is what a browser does when the connect element is replaced. It holds mu.
func (p *page) reconnect() {
	p.connect, p.lastID, p.retry = "", "", firstRetry
	for _, c := range p.dom.Connects() {
		p.connect = c.URL
	}
	p.version++
	if p.drop != nil {
		p.drop()
	}
	close(p.loaded)
	p.loaded = make(chan struct{})
}

// sleep makes the page stop reading, until the function that it returns is called.
func (p *page) sleep() (wake func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	asleep := make(chan struct{})
	p.asleep = asleep
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asleep = nil
		close(asleep)
	}
}

// follow keeps the page's stream open until ctx ends.
func (p *page) follow(ctx context.Context) {
	for ctx.Err() == nil {
		p.mu.Lock()
		streaming, cancel := context.WithCancel(ctx)
		p.drop = cancel
		url, id, version, loaded := p.connect, p.lastID, p.version, p.loaded
		p.mu.Unlock()
		if url == "" { // it was disconnected for good
			select {
			case <-loaded:
			case <-ctx.Done():
			}
			cancel()
			continue
		}
		for range p.nodes { // a proxy asks the next node at once
			if p.read(streaming, url, id, version) || streaming.Err() != nil {
				break
			}
			p.elsewhere()
		}
		cancel()
		p.mu.Lock()
		wait := p.retry
		p.mu.Unlock()
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-loaded:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// read reads the stream until it ends. It reports whether there was one.
func (p *page) read(ctx context.Context, url, id string, version int) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.base()+url, http.NoBody)
	if err != nil {
		return false
	}
	req.Header.Set("Accept", "text/event-stream")
	if id != "" {
		req.Header.Set("Last-Event-ID", id)
	}
	res, err := p.who.client.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return false
	}
	p.events(ctx, res.Body, id, version)
	return true
}

func (p *page) events(ctx context.Context, body io.Reader, id string, version int) {
	deskpage.Reader{
		ID: id, Message: func(id, message string) { p.receive(version, id, message) },
		Retry: p.retryAfter, GoesOn: func() bool { return p.awake(ctx) },
	}.Read(body)
}

// awake waits while the page sleeps. It reports whether ctx goes on.
func (p *page) awake(ctx context.Context) bool {
	p.mu.Lock()
	asleep := p.asleep
	p.mu.Unlock()
	if asleep != nil {
		select {
		case <-asleep:
		case <-ctx.Done():
		}
	}
	return ctx.Err() == nil
}

func (p *page) retryAfter(ms string) {
	n, err := strconv.Atoi(ms)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retry = time.Duration(n) * time.Millisecond
}

func (p *page) receive(version int, id, message string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if version != p.version {
		return
	}
	p.lastID = id
	if message == "" {
		return
	}
	before := p.dom.HTML()
	if _, err := p.dom.Apply(message, p.lookup); err != nil && p.fault == nil {
		p.fault = fmt.Errorf("%w\n--- page %s\n%s\n--- message\n%s", err, p.place.Path, before, message)
	}
	connect := ""
	for _, c := range p.dom.Connects() {
		connect = c.URL
	}
	if connect != p.connect {
		p.reconnect()
	}
}
