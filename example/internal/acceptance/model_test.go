package acceptance_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/html"

	"github.com/htmxlive/htmxlive/internal/deskpage"
	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// modelPage is a page as a browser with htmx has it: a document, a stream that comes back when it
// breaks, with the id of its last message, and links that change the page.
type modelPage struct {
	who    *person
	lookup htmldom.Lookup

	mu      sync.Mutex // guards everything below
	path    string     // with the query: what the address bar shows
	dom     htmldom.Page
	connect string // the URL of the connect element
	lastID  string
	version int                // counts connect elements: what an old stream still says is not heard
	drop    context.CancelFunc // ends the stream under way
	opened  chan struct{}      // closed when a connect element is new
	fault   error              // the first message that could not be applied
}

// connectOf is the URL of the page's stream, empty if it has none.
func connectOf(p htmldom.Page) string {
	for _, c := range p.Connects() {
		return c.URL
	}
	return ""
}

// load goes to a path as if typed into the address bar.
func (p *modelPage) load(ctx context.Context, path string) error {
	res, err := p.who.get(ctx, path)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", path, res.Status)
	}
	dom, err := htmldom.Parse(res.html)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.path, p.dom = path, dom
	p.reconnect()
	return nil
}

// reconnect is what a browser does when the connect element is replaced. It holds mu.
func (p *modelPage) reconnect() {
	p.connect, p.lastID = connectOf(p.dom), ""
	p.version++
	if p.drop != nil {
		p.drop()
	}
	if p.opened != nil {
		close(p.opened)
	}
	p.opened = make(chan struct{})
}

// click follows a link of the page by htmx. A page that has no such link stays.
func (p *modelPage) click(ctx context.Context, rel string) error {
	p.mu.Lock()
	from, to := p.path, p.link(rel)
	p.mu.Unlock()
	if to == "" {
		return nil
	}
	res, err := p.who.get(ctx, to, "HX-Request", "true", "HX-Live", "page", "HX-Current-URL", p.who.desk.url(from))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("page change to %s: %s", to, res.Status)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := p.dom.Apply(res.html, p.lookup); err != nil {
		return fmt.Errorf("page change to %s: %w", to, err)
	}
	p.path = to
	p.reconnect()
	return nil
}

// link is where the page's link of a kind leads: a rel, or the pill. It holds mu.
func (p *modelPage) link(rel string) string {
	if rel == "new" {
		for _, n := range p.dom.ByID("tickets-new") {
			return hrefIn(n)
		}
		return ""
	}
	for _, id := range []string{"ticket-pages", "archive-pages"} {
		for _, nav := range p.dom.ByID(id) {
			for n := range nav.Descendants() {
				if htmldom.Attr(n, "rel") == rel {
					return htmldom.Attr(n, "href")
				}
			}
		}
	}
	return ""
}

func hrefIn(n *html.Node) string {
	if to := htmldom.Attr(n, "href"); to != "" {
		return to
	}
	for d := range n.Descendants() {
		if to := htmldom.Attr(d, "href"); to != "" {
			return to
		}
	}
	return ""
}

// cut breaks the stream, as a network does.
func (p *modelPage) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drop != nil {
		p.drop()
	}
}

// follow keeps the page's stream open until ctx ends.
func (p *modelPage) follow(ctx context.Context) {
	for ctx.Err() == nil {
		p.mu.Lock()
		streaming, cancel := context.WithCancel(ctx)
		p.drop = cancel
		url, id, version, replaced := p.connect, p.lastID, p.version, p.opened
		p.mu.Unlock()
		if url == "" { // the page has been disconnected for good
			select {
			case <-replaced:
			case <-ctx.Done():
			}
		} else {
			p.read(streaming, url, id, version)
			pause(streaming, replaced)
		}
		cancel()
	}
}

// pause is the time between two connections, which a new connect element does not wait for.
func pause(ctx context.Context, replaced <-chan struct{}) {
	t := time.NewTimer(20 * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
	case <-replaced:
	case <-ctx.Done():
	}
}

func (p *modelPage) read(ctx context.Context, url, id string, version int) {
	headers := []string{"Accept", "text/event-stream"}
	if id != "" {
		headers = append(headers, "Last-Event-ID", id)
	}
	req, err := p.who.request(ctx, url, headers...)
	if err != nil {
		return
	}
	res, err := p.who.client.Do(req)
	if err != nil {
		return
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return
	}
	deskpage.Reader{ID: id, Message: func(id, message string) { p.receive(version, id, message) }}.Read(res.Body)
}

func (p *modelPage) receive(version int, id, message string) {
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
		p.fault = fmt.Errorf("%w\n--- page %s\n%s\n--- message\n%s", err, p.path, before, message)
	}
	if connectOf(p.dom) != p.connect {
		p.reconnect()
	}
}
