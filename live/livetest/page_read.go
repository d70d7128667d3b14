package livetest

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// Row is an element of a list.
type Row struct {
	ID   string // empty if it has none
	Text string // as [Page.Text]
}

// Rows are the elements of a list, in order.
type Rows []Row

// IDs are the ids of the rows.
func (r Rows) IDs() []string {
	ids := make([]string, len(r))
	for i, row := range r {
		ids[i] = row.ID
	}
	return ids
}

// Texts are the texts of the rows.
func (r Rows) Texts() []string {
	texts := make([]string, len(r))
	for i, row := range r {
		texts[i] = row.Text
	}
	return texts
}

// Has reports whether there is an element with that id.
func (p *Page) Has(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.dom.ByID(id)) > 0
}

// Text is the text in the element with that id as a reader sees it: white space is one blank, and none is at the ends.
func (p *Page) Text(id string) string {
	p.b.t.Helper()
	return mustRead(p, id, htmldom.Text)
}

// HTML is the element with that id, its own tags included.
func (p *Page) HTML(id string) string {
	p.b.t.Helper()
	return mustRead(p, id, htmldom.Outer)
}

// Attr is the value of an attribute of the element with that id. An element without it ends the test.
func (p *Page) Attr(id, name string) string {
	p.b.t.Helper()
	value := mustRead(p, id, func(n *html.Node) *string {
		if v, ok := htmldom.LookupAttr(n, name); ok {
			return &v
		}
		return nil
	})
	if value == nil {
		p.b.t.Fatalf("livetest: #%s has no attribute %q: %s", id, name, excerpt(p.HTML(id)))
	}
	return *value
}

// Rows are the elements in the element with that id: rows of a tbody, items of a list.
func (p *Page) Rows(id string) Rows {
	p.b.t.Helper()
	return mustRead(p, id, rowsOf)
}

func rowsOf(n *html.Node) Rows {
	rows := Rows{}
	for child := range n.ChildNodes() {
		if child.Type == html.ElementNode {
			rows = append(rows, Row{ID: htmldom.Attr(child, "id"), Text: htmldom.Text(child)})
		}
	}
	return rows
}

// Body is everything in the body of the page.
func (p *Page) Body() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dom.HTML()
}

// mustRead reads the one element with that id. None, or several, end the test.
func mustRead[T any](p *Page, id string, read func(*html.Node) T) T {
	p.b.t.Helper()
	value, fault := tryRead(p, id, read)
	if fault != "" {
		p.b.t.Fatalf("livetest: %s", fault)
	}
	return value
}

func tryRead[T any](p *Page, id string, read func(*html.Node) T) (value T, fault string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := p.dom.ByID(id)
	switch len(found) {
	case 1:
		return read(found[0]), ""
	case 0:
		return value, fmt.Sprintf("%s has no element #%s, only %s%s", p.url.RequestURI(), id, strings.Join(p.dom.IDs(), " "), p.why())
	}
	return value, fmt.Sprintf("%s has %d elements #%s", p.url.RequestURI(), len(found), id)
}

// why is what a failure should say of the stream. It holds mu.
func (p *Page) why() string {
	if p.note == "" {
		return ""
	}
	return " (" + p.note + ")"
}
