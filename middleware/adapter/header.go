package adapter

import (
	"net/http"
	"strings"
)

// BeforeHeader has the last word about the answer: an adapter calls it just before the header is written, with the
// status that would be, and writes the one that it returns.
func (q *Request) BeforeHeader(status int, h http.Header) int {
	if status < http.StatusOK && status != http.StatusSwitchingProtocols {
		return status // an announcement, the answer follows
	}
	if q.kind == stream && status >= 300 && status < 400 && q.refusal == nil {
		status = http.StatusUnauthorized // an EventSource would follow the guard's redirect to a login page
		h.Del("Location")
	}
	q.forbidCaching(status, h)
	q.markWritten(h)
	status = q.leadOn(status, h)
	q.status = status
	if q.kind == stream && !q.rendered && !q.isLive() {
		q.leave() // the handler answers by itself, for however long: that is no place among our streams
	}
	return status
}

// leadOn makes a redirect of a page change one that htmx follows by loading the page that it leads to. The browser would
// follow it unseen, mark and all, and what it found there would be swapped nowhere.
func (q *Request) leadOn(status int, h http.Header) int {
	to := h.Get("Location")
	if status < 300 || status >= 400 || to == "" || !marked(q.r.Header) || q.r.Header.Get("HX-Boosted") == "true" {
		return status
	}
	h.Del("Location")
	h.Set("HX-Redirect", to)
	return http.StatusOK
}

// forbidCaching sets what every answer of a live URL says to caches, errors and redirects included. A
// file that is served behind the middleware keeps its own.
func (q *Request) forbidCaching(status int, h http.Header) {
	kind := h.Get("Content-Type")
	redirectOrError := status >= 300 && status != http.StatusNotModified
	if !redirectOrError && !strings.HasPrefix(kind, "text/html") && !strings.HasPrefix(kind, "text/event-stream") {
		return
	}
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept, HX-Request, HX-Live, HX-Boosted, HX-History-Restore-Request")
}

// Answered reports whether the header of the answer is written.
func (q *Request) Answered() bool { return q.status != 0 }
