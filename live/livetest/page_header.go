package livetest

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// htmxHeader is what htmx says with a request that an element makes. It holds mu.
func (p *Page) htmxHeader(n *html.Node) http.Header {
	if !hasRequest(n) {
		h := htmxHeader(p.client(), p.url, n, p.dom.Body())
		h.Set("HX-Boosted", "true")
		return h
	}
	target, _ := p.target(n, p.inherited(n, "hx-target"))
	h := htmxHeader(p.client(), p.url, n, target)
	p.addHeaders(h, n)
	return h
}

// addHeaders adds what hx-headers says of n and, as htmx 1.9 and 2 merge them, of its ancestors. It holds mu.
func (p *Page) addHeaders(h http.Header, n *html.Node) {
	said := map[string]string{}
	for up := n; up != nil; up = up.Parent {
		names := []string{"hx-headers:inherited"}
		if up == n || p.client() != htmldom.HTMX4 {
			names = append(names, "hx-headers")
		}
		for _, name := range names {
			more := map[string]string{}
			if json.Unmarshal([]byte(htmldom.Attr(up, name)), &more) != nil {
				continue // none, or a script's
			}
			maps.Copy(more, said) // what is nearer counts
			said = more
		}
	}
	for name, value := range said {
		h.Set(name, value)
	}
}

func htmxHeader(client htmldom.Client, from *url.URL, n, target *html.Node) http.Header {
	h := http.Header{}
	h.Set("HX-Request", "true")
	h.Set("HX-Current-URL", from.String())
	if client == htmldom.HTMX4 {
		h.Set("Accept", "text/html, text/event-stream")
		h.Set("HX-Source", identifier(n))
		h.Set("HX-Request-Type", "partial")
		if target != nil {
			h.Set("HX-Target", identifier(target))
			if target.DataAtom == atom.Body {
				h.Set("HX-Request-Type", "full")
			}
		}
		return h
	}
	h.Set("Accept", "*/*")
	setID := func(name string, n *html.Node) {
		if n != nil && htmldom.Attr(n, "id") != "" {
			h.Set(name, htmldom.Attr(n, "id"))
		}
	}
	setID("HX-Trigger", n)
	setID("HX-Target", target)
	return h
}

func identifier(n *html.Node) string {
	if id := htmldom.Attr(n, "id"); id != "" {
		return n.Data + "#" + id
	}
	return n.Data
}
