package adaptertest

import (
	"bufio"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
)

// person is a browser without a screen: it has cookies and follows no redirects.
type person struct {
	*http.Client

	t   *testing.T
	app *app
}

func (a *app) person() *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		a.t.Fatal(err)
	}
	p := &person{t: a.t, app: a, Client: &http.Client{
		Jar: jar, Transport: &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	a.t.Cleanup(p.CloseIdleConnections)
	return p
}

// answer is a response that has been read.
type answer struct {
	*http.Response

	html string
}

// get is a request with headers given as pairs, and its whole answer.
func (p *person) get(path string, headers ...string) answer {
	p.t.Helper()
	res := p.send(path, headers...)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{res, string(b)}
}

func (p *person) send(path string, headers ...string) *http.Response {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.app.URL+path, http.NoBody)
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := p.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	return res
}

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
	t *testing.T
	r *bufio.Scanner
	io.Closer
	head http.Header
}

// stream opens a stream, which the test must find to be one.
func (p *person) stream(path string, headers ...string) *events {
	p.t.Helper()
	res := p.send(path, append([]string{"Accept", "text/event-stream"}, headers...)...)
	p.t.Cleanup(func() { _ = res.Body.Close() })
	if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != "text/event-stream" {
		p.t.Fatalf("the stream %s was answered with %d and type %q", path, res.StatusCode, got)
	}
	r := bufio.NewScanner(res.Body)
	r.Buffer(nil, 1<<20)
	return &events{t: p.t, r: r, Closer: res.Body, head: res.Header}
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

// rest reads the stream to its end and returns everything it said.
func (e *events) rest() (all event) {
	for {
		ev, ok := e.read()
		all.id, all.data, all.retry = max(ev.id, all.id), all.data+ev.data, all.retry+ev.retry
		if !ok {
			return all
		}
	}
}

// read skips what a page does not see: events with a name.
func (e *events) read() (ev event, ok bool) {
	named := false
	for e.r.Scan() {
		name, value, _ := strings.Cut(e.r.Text(), ": ")
		switch name {
		case "id":
			ev.id = value
		case "retry":
			ev.retry = value
		case "event":
			named = true
		case "data":
			ev.data += value + "\n"
		case "":
			if !named && (ev.id != "" || ev.data != "") {
				return ev, true
			}
			if named {
				ev, named = event{}, false
			}
		}
	}
	return ev, false
}
