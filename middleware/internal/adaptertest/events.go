package adaptertest

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
)

// ConnectURL is the stream's URL in a page.
func ConnectURL(t *testing.T, html string) string {
	t.Helper()
	_, rest, ok := strings.Cut(html, `sse-connect="`)
	if !ok {
		t.Fatalf("no connect element in %q", html)
	}
	u, _, _ := strings.Cut(rest, `"`)
	return strings.ReplaceAll(u, "&amp;", "&")
}

// Event is one block of a stream.
type Event struct{ ID, Data, Retry string }

// Events is a stream that is being read.
type Events struct {
	Header http.Header // of the answer

	t    *testing.T
	r    *bufio.Scanner
	body io.Closer
}

// ReadEvents reads the stream that an answer must be. It is closed when the test ends.
func ReadEvents(t *testing.T, res *http.Response) *Events {
	t.Helper()
	t.Cleanup(func() { _ = res.Body.Close() })
	if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("the stream was answered with %d and type %q", res.StatusCode, got)
	}
	r := bufio.NewScanner(res.Body)
	r.Buffer(nil, 1<<20)
	return &Events{Header: res.Header, t: t, r: r, body: res.Body}
}

// Close leaves the stream.
func (e *Events) Close() { _ = e.body.Close() }

// Next is the next block with an id or data.
func (e *Events) Next() Event {
	e.t.Helper()
	ev, ok := e.read()
	if !ok {
		e.t.Fatalf("the stream has ended: %v", e.r.Err())
	}
	return ev
}

// Rest reads the stream to its end and returns everything it said, and the greatest of its ids.
func (e *Events) Rest() (all Event) {
	for {
		ev, ok := e.read()
		all.ID, all.Data, all.Retry = max(ev.ID, all.ID), all.Data+ev.Data, all.Retry+ev.Retry
		if !ok {
			return all
		}
	}
}

// read skips what a page does not see: events with a name.
func (e *Events) read() (ev Event, ok bool) {
	named := false
	for e.r.Scan() {
		name, value, _ := strings.Cut(e.r.Text(), ": ")
		switch name {
		case "id":
			ev.ID = value
		case "retry":
			ev.Retry = value
		case "event":
			named = true
		case "data":
			ev.Data += value + "\n"
		case "":
			if !named && (ev.ID != "" || ev.Data != "") {
				return ev, true
			}
			if named {
				ev, named = Event{}, false
			}
		}
	}
	return ev, false
}
