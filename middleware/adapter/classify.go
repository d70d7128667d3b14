package adapter

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/htmxlive/htmxlive/views"
)

// kind is how a request wants the page.
type kind int

const (
	whole  kind = iota // the page
	change             // the fragments of another state of the page that sends it, by htmx
	stream             // the page's stream
	script             // not a page: the script of htmxlive
)

// liveHeader marks the requests of our page links and forms; its value is then livePage.
const (
	liveHeader = "HX-Live"
	livePage   = "page"
)

// classify tells what a GET asks for. A page change is marked as one and comes from the page itself. Any other htmx GET
// puts a whole page, or what it selects of one, somewhere: the one that follows a form's redirect, too.
func (q *Request) classify(r *http.Request, token bool) kind {
	h := r.Header
	switch {
	case r.Method != http.MethodGet:
		return whole
	case h.Get("HX-History-Restore-Request") == "true": // first: htmx 4 sends it without HX-Request
		return whole
	case token || acceptsOnlyStream(h.Get("Accept")):
		return stream
	case !marked(h) || h.Get("HX-Boosted") == "true":
		return whole
	case !q.comesFromPage(h.Get("HX-Current-URL"), r.URL.Path):
		return whole
	}
	return change
}

// marked reports whether htmx asks for a page change.
func marked(h http.Header) bool {
	return h.Get("HX-Request") == "true" && h.Get(liveHeader) == livePage
}

// acceptsOnlyStream: htmx 4 names both types on every request, so text/html wins.
func acceptsOnlyStream(accept string) bool {
	return strings.Contains(accept, "text/event-stream") && !strings.Contains(accept, "text/html")
}

// comesFromPage reports whether the browser is on the page that it asks for. The paths are compared as the browser sees
// them: a router's rewrites are not its business, and slashes at the end are the same page, because what takes one away or
// puts it there (Echo's RemoveTrailingSlash) leaves no trace.
func (q *Request) comesFromPage(current, rewritten string) bool {
	if current == "" {
		return true
	}
	u, err := url.Parse(current)
	if err != nil {
		return false
	}
	seen, err := url.PathUnescape(q.path)
	return err == nil && samePlace(u.Path, seen) || samePlace(u.Path, rewritten)
}

func samePlace(a, b string) bool { return strings.TrimRight(a, "/") == strings.TrimRight(b, "/") }

// sameSite refuses what another site makes a browser send. A browser says where a request comes from
// by Sec-Fetch-Site, an older one by Origin; a request that says neither comes from no browser.
func sameSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
		origin := r.Header.Get("Origin")
		u, err := url.Parse(origin)
		return origin == "" || err == nil && u.Host != "" && u.Host == r.Host // Origin: null has no host, and neither has HTTP/1.0
	}
	return false
}

// clientOf tells htmx 4, which says so in every request of its own; a page load says nothing.
func clientOf(r *http.Request) views.Client {
	if r.Header.Get("HX-Request-Type") != "" {
		return views.HTMX4
	}
	return views.HTMX2
}
