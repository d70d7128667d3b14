package middleware_test

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"testing"
)

// connectURL is the stream's URL in a page.
func connectURL(t *testing.T, html string) string {
	t.Helper()
	_, rest, ok := strings.Cut(html, `sse-connect="`)
	if !ok {
		t.Fatalf("no connect element in %q", html)
	}
	u, _, _ := strings.Cut(rest, `"`)
	return strings.ReplaceAll(u, "&amp;", "&")
}

// event is one block of a stream.
type event struct{ id, data, retry string }

// events is a stream that is being read.
type events struct {
	t    *testing.T
	r    *bufio.Scanner
	body io.Closer
	head http.Header
}

// stream opens a stream, which the test must find to be one.
func (a *app) stream(t *testing.T, path string, headers ...string) *events {
	t.Helper()
	res := a.send(t, path, append([]string{"Accept", "text/event-stream"}, headers...)...)
	t.Cleanup(func() { _ = res.Body.Close() })
	if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("the stream was answered with %d and type %q", res.StatusCode, got)
	}
	r := bufio.NewScanner(res.Body)
	r.Buffer(nil, 1<<20)
	return &events{t: t, r: r, body: res.Body, head: res.Header}
}

// next is the next block with an id or data.
func (e *events) next() event {
	e.t.Helper()
	ev, ok := e.read()
	if !ok {
		e.t.Fatalf("the stream has ended: %v", e.r.Err())
	}
	return ev
}

// drained reads the stream to its end and returns everything it said, and one of its ids.
func (e *events) drained() (all event) {
	for {
		ev, ok := e.read()
		all.id, all.data, all.retry = max(ev.id, all.id), all.data+ev.data, all.retry+ev.retry
		if !ok {
			return all
		}
	}
}

func (e *events) read() (ev event, ok bool) {
	for e.r.Scan() {
		name, value, _ := strings.Cut(e.r.Text(), ": ")
		switch name {
		case "id":
			ev.id = value
		case "retry":
			ev.retry = value
		case "data":
			ev.data += value + "\n"
		case "":
			if ev.id != "" || ev.data != "" {
				return ev, true
			}
		}
	}
	return ev, false
}

func (e *events) close() { _ = e.body.Close() }
