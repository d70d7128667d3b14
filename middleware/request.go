package middleware

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/views"
)

// kind is how a request wants the page.
type kind int

const (
	whole  kind = iota // the page
	change             // the fragments of another state of the page that sends it, by htmx
	stream             // the page's stream
)

// classify tells what a GET asks for. A page change comes from the page itself; an htmx GET from
// another page puts a whole page somewhere.
func classify(r *http.Request, token bool) kind {
	h := r.Header
	switch {
	case r.Method != http.MethodGet:
		return whole
	case h.Get("HX-History-Restore-Request") == "true": // first: htmx 4 sends it without HX-Request
		return whole
	case token || acceptsOnlyStream(h.Get("Accept")):
		return stream
	case h.Get("HX-Request") != "true" || h.Get("HX-Boosted") == "true":
		return whole
	case !fromPath(h.Get("HX-Current-URL"), r.URL.Path):
		return whole
	}
	return change
}

// acceptsOnlyStream: htmx 4 names both types on every request, so text/html wins.
func acceptsOnlyStream(accept string) bool {
	return strings.Contains(accept, "text/event-stream") && !strings.Contains(accept, "text/html")
}

func fromPath(current, path string) bool {
	u, err := url.Parse(current)
	return current == "" || err == nil && u.Path == path
}

// sameSite refuses what another site makes a browser send. A browser says where a request comes from
// by Sec-Fetch-Site, an older one by Origin; who says neither is no browser.
func sameSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "":
		origin := r.Header.Get("Origin")
		u, err := url.Parse(origin)
		return origin == "" || err == nil && u.Host == r.Host
	}
	return false
}

// takeToken takes the stream token out of the request, so that handlers, links and logs see the page's own URL.
func takeToken(r *http.Request, param string) (token string, found bool) {
	if !strings.Contains(r.URL.RawQuery, param+"=") {
		return "", false
	}
	q := queryOf(r.URL.RawQuery)
	if !q.Has(param) {
		return "", false
	}
	token = q.Get(param)
	q.Del(param)
	r.URL.RawQuery = q.Encode()
	r.RequestURI = r.URL.RequestURI()
	return token, true
}

// queryOf is the parameters of a query string. What is malformed, which net/url leaves out, has its value as it stands:
// then whoever asks for that parameter refuses it, instead of showing a page that was not asked for.
func queryOf(raw string) url.Values {
	q, err := url.ParseQuery(raw)
	if err == nil {
		return q
	}
	q = url.Values{}
	for pair := range strings.SplitSeq(raw, "&") {
		one, err := url.ParseQuery(pair)
		if err != nil {
			name, value, _ := strings.Cut(pair, "=")
			one = url.Values{name: {value}}
		}
		for name, values := range one {
			q[name] = append(q[name], values...)
		}
	}
	return q
}

// clientOf tells htmx 4, which says so in every request of its own; a page load says nothing.
func clientOf(c echo.Context) views.Client {
	if c.Request().Header.Get("HX-Request-Type") != "" {
		return views.HTMX4
	}
	return views.HTMX2
}
