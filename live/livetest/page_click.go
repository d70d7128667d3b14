package livetest

import (
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// Click clicks the one link, button or other element that what names. It is looked up as an id first ("next"), then as the
// text of what can be clicked ("Next", with white space as a reader sees it), then as a selector ("a[rel=next]", "#pager
// .next"): the first of these that finds anything counts; an id that several elements have finds nothing. None, or several
// of them, end the test.
//
// What has hx-get and its like makes htmx' request, and the answer is applied: out-of-band swaps, the swap of hx-target,
// the pushed URL, and the stream of the new state in the place of the old one. A plain link loads its page. A button
// submits its form, as [Page.Submit] does.
func (p *Page) Click(what string) {
	p.b.t.Helper()
	p.mu.Lock()
	n, fault := p.clickable(what)
	p.mu.Unlock()
	if fault != "" {
		p.b.t.Fatalf("livetest: Click(%q): %s", what, fault)
	}
	if htmldom.IsSubmit(n) && !hasRequest(n) {
		p.press(n)
		return
	}
	p.mu.Lock()
	r, byHTMX := p.clickRequest(n)
	p.mu.Unlock()
	switch {
	case byHTMX:
		p.ask(n, r)
	case r.path != "":
		r.header = http.Header{"Referer": {p.present().String()}}
		p.goTo(r)
	default:
		p.b.t.Fatalf("livetest: Click(%q): nothing happens: %s has no href and no hx-get", what, htmldom.Outer(n))
	}
}

// clickable is the element that what names. It holds mu.
func (p *Page) clickable(what string) (n *html.Node, fault string) {
	if byID := p.dom.ByID(what); len(byID) == 1 {
		return byID[0], ""
	}
	all := p.clickables()
	var found []*html.Node
	for _, n := range all {
		if labelOf(n) == what {
			found = append(found, n)
		}
	}
	if len(found) == 0 {
		var err error
		if found, err = p.dom.Select(what); err != nil {
			found = nil // a text then
		}
	}
	if len(found) == 1 {
		return found[0], ""
	}
	if len(found) > 1 {
		return nil, "there are several: " + list(found)
	}
	return nil, "there is none, only " + list(all)
}

func (p *Page) clickables() (all []*html.Node) {
	for n := range p.dom.Body().Descendants() {
		_, link := htmldom.LookupAttr(n, "href")
		if n.DataAtom == atom.A && link || n.DataAtom == atom.Button || htmldom.IsSubmit(n) || hasRequest(n) && n.DataAtom != atom.Form {
			all = append(all, n)
		}
	}
	return all
}

func labelOf(n *html.Node) string {
	if n.DataAtom == atom.Input {
		return htmldom.Attr(n, "value")
	}
	return htmldom.Text(n)
}

func list(nodes []*html.Node) string {
	const most = 20
	labels := make([]string, 0, most)
	for _, n := range nodes[:min(most, len(nodes))] {
		label := "<" + n.Data
		if id := htmldom.Attr(n, "id"); id != "" {
			label += "#" + id
		}
		labels = append(labels, label+"> "+labelOf(n))
	}
	return strings.Join(labels, "; ")
}

// verbs are the attributes that make htmx send a request.
var verbs = []string{"get", "post", "put", "patch", "delete"} //nolint:gochecknoglobals // a constant

func hasRequest(n *html.Node) bool {
	_, _, ok := requestOf(n)
	return ok
}

func requestOf(n *html.Node) (method, path string, ok bool) {
	for _, verb := range verbs {
		if path, ok := htmldom.LookupAttr(n, "hx-"+verb); ok {
			return strings.ToUpper(verb), path, true
		}
	}
	return "", "", false
}

// clickRequest is what a click on an element that submits nothing requests. byHTMX reports whether htmx does. It holds mu.
func (p *Page) clickRequest(n *html.Node) (r request, byHTMX bool) {
	if method, path, ok := requestOf(n); ok {
		return request{method: method, path: path, header: p.htmxHeader(n)}, true
	}
	for up := n; up != nil; up = up.Parent {
		if href, ok := htmldom.LookupAttr(up, "href"); ok && up.DataAtom == atom.A {
			if p.boosted(up) {
				return request{path: href, header: p.htmxHeader(up)}, true
			}
			return request{path: href}, false
		}
	}
	return request{}, false
}

func (p *Page) boosted(n *html.Node) bool { return p.inherited(n, "hx-boost") == "true" }

// inherited is an attribute of an element or of the nearest of its ancestors that has it, as the page's client looks for it.
func (p *Page) inherited(n *html.Node, name string) string {
	for up := n; up != nil; up = up.Parent {
		if v, ok := htmldom.LookupAttr(up, name); ok && (up == n || p.client() != htmldom.HTMX4) {
			return v
		}
		if v, ok := htmldom.LookupAttr(up, name+":inherited"); ok && p.client() == htmldom.HTMX4 {
			return v
		}
	}
	return ""
}

// client is the htmx that the page has, by its connect element. It holds mu.
func (p *Page) client() htmldom.Client {
	if connects := p.dom.Connects(); len(connects) > 0 {
		return connects[0].Client
	}
	if p.stream != nil {
		return p.stream.client
	}
	return htmldom.HTMX2
}

// target is the element that an hx-target names, seen from n. It holds mu.
func (p *Page) target(n *html.Node, selector string) (*html.Node, bool) {
	switch selector {
	case "", "this":
		return n, n != nil
	case "body":
		return p.dom.Body(), true
	}
	if closest, ok := strings.CutPrefix(selector, "closest "); ok {
		found, err := p.dom.Select(closest)
		for up := n; up != nil && err == nil; up = up.Parent {
			if slices.Contains(found, up) {
				return up, true
			}
		}
		return nil, false
	}
	found, err := p.dom.Select(selector)
	if err != nil || len(found) == 0 {
		return nil, false
	}
	return found[0], true
}
