package livetest

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// Fresh is what loading the page's present URL afresh shows. That page has no stream, and stays as it is.
func (p *Page) Fresh() *Page {
	p.b.t.Helper()
	fresh := newPage(p.b)
	fresh.neverConnects = true
	r := request{path: p.URL(), site: "none"}
	a, err := p.b.send(p.present(), r)
	if err == nil {
		fresh.check(r, a)
		err = fresh.load(a)
	}
	if err != nil {
		p.b.t.Fatalf("livetest: load %s afresh: %v", p.URL(), err)
	}
	return fresh
}

// EqualFresh fails the test unless the page shows what loading it afresh shows: the elements with these ids, or
// everything if there are none. White space between elements does not count, nor do scripts, nonces and the connect
// element. The failure shows what differs, with - for the page and + for the fresh one.
func (p *Page) EqualFresh(ids ...string) {
	p.b.t.Helper()
	if diff := p.differs(ids); diff != "" {
		p.b.t.Errorf("livetest: %s", diff)
	}
}

// differs is the difference to a fresh page; empty if there is none.
func (p *Page) differs(ids []string) string {
	p.b.t.Helper()
	fresh := p.Fresh()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(ids) == 0 {
		return p.difference("the page", p.dom.Body(), fresh.dom.Body())
	}
	var all []string
	for _, id := range ids {
		shown, loaded := p.dom.ByID(id), fresh.dom.ByID(id)
		if len(shown) != 1 || len(loaded) != 1 {
			all = append(all, fmt.Sprintf("%s has %d elements #%s, and a fresh one %d", p.url.RequestURI(), len(shown), id, len(loaded)))
			continue
		}
		if diff := p.difference("#"+id, shown[0], loaded[0]); diff != "" {
			all = append(all, diff)
		}
	}
	return strings.Join(all, "\n")
}

func (p *Page) difference(what string, shown, loaded *html.Node) string {
	diff := htmldom.Diff(htmldom.Lines(shown), htmldom.Lines(loaded))
	if diff == "" {
		return ""
	}
	return fmt.Sprintf("%s of %s differs from a fresh load%s:\n%s", what, p.url.RequestURI(), p.why(), diff)
}
