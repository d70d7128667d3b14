package middleware_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/middleware/internal/adaptertest"
)

// foreign are the requests that another site can make a browser send, with what browsers say of them.
func foreign() map[string][]string {
	const evil = "https://evil.example"
	cross := func(mode, dest string, more ...string) []string {
		return append([]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", mode, "Sec-Fetch-Dest", dest}, more...)
	}
	upgrade := []string{"Connection", "Upgrade", "Upgrade", "websocket", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}
	return map[string][]string{
		"a link or a form":           cross("navigate", "document", "Sec-Fetch-User", "?1", "Accept", "text/html,*/*;q=0.8"),
		"a frame":                    cross("navigate", "iframe", "Accept", "text/html,*/*;q=0.8"),
		"a prefetch":                 cross("no-cors", "document", "Sec-Purpose", "prefetch"),
		"fetch":                      cross("cors", "empty", "Origin", evil),
		"fetch without CORS":         cross("no-cors", "empty"),
		"EventSource":                cross("cors", "empty", "Origin", evil, "Accept", "text/event-stream"),
		"an image":                   cross("no-cors", "image", "Accept", "image/avif,image/webp,*/*;q=0.8"),
		"a script":                   cross("no-cors", "script"),
		"a style sheet":              cross("no-cors", "style", "Accept", "text/css,*/*;q=0.1"),
		"a video":                    cross("no-cors", "video", "Range", "bytes=0-"),
		"an object":                  cross("navigate", "object"),
		"a WebSocket":                cross("websocket", "empty", append(slices.Clone(upgrade), "Origin", evil)...),
		"a sandboxed frame":          cross("cors", "empty", "Origin", "null"),
		"a sibling domain":           {"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors", "Origin", "https://blog.example"},
		"a site unknown to us":       {"Sec-Fetch-Site", "of tomorrow"},
		"fetch, old browser":         {"Origin", evil},
		"a WebSocket, old browser":   append(slices.Clone(upgrade), "Origin", evil),
		"a sandbox, old browser":     {"Origin", "null"},
		"another port, old browser":  {"Origin", "http://127.0.0.1:1"},
		"a file, old browser":        {"Origin", "file://"},
		"a broken name, old browser": {"Origin", "https://[::"},
	}
}

// Even a site that knows the token of the page's stream, and gets the browser to send the cookie, reaches neither a stream nor a
// page change, and no answer allows it to read what it gets.
func TestNoOtherSiteReachesAStream(t *testing.T) {
	a := newApp(t, middleware.Config{})
	a.notes.set(note{1, "a secret"})
	connect := adaptertest.ConnectURL(t, a.get(t, "/notes").html)
	attempts := map[string][]string{
		connect:      nil,
		"/notes?q=1": {"Accept", "text/event-stream"},
		"/notes?q=2": {"HX-Request", "true", "HX-Live", "page"},
	}
	for kind, headers := range foreign() {
		for path, more := range attempts {
			res := a.send(t, path, append(slices.Clone(headers), more...)...)
			_ = res.Body.Close() // it may be a stream's, if it is not refused
			if res.StatusCode != http.StatusForbidden || res.Header.Get("Set-Cookie") != "" {
				t.Errorf("%s of %.20s: %d, cookie %q", kind, path, res.StatusCode, res.Header.Get("Set-Cookie"))
			}
			mustShareNothing(t, kind, res)
		}
		res := a.send(t, "/notes", headers...) // the page itself may be linked to
		_ = res.Body.Close()
		if kind != "EventSource" && (res.StatusCode != http.StatusOK || res.Header.Get("Set-Cookie") != "") {
			t.Errorf("%s of the page: %d, cookie %q", kind, res.StatusCode, res.Header.Get("Set-Cookie"))
		}
		mustShareNothing(t, kind, res)
	}
	if st := a.keeper.Stats(); st.Streams != 0 {
		t.Errorf("%d streams are open", st.Streams)
	}
	for path, more := range attempts { // all this is what the page itself may do
		res := a.send(t, path, append([]string{"Sec-Fetch-Site", "same-origin", "Origin", a.URL}, more...)...)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("the page itself, of %.20s: %d", path, res.StatusCode)
		}
	}
}

// mustShareNothing fails the test if a browser would let another site read the answer.
func mustShareNothing(t *testing.T, kind string, res *http.Response) {
	t.Helper()
	for name := range res.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("%s: %s is %q", kind, name, res.Header.Get(name))
		}
	}
}

// The headers of a page change make a browser ask first whether another site may send them.
func TestAPreflightIsNotAnswered(t *testing.T) {
	a := newApp(t, middleware.Config{})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, a.URL+"/notes", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "https://evil.example")
	req.Header.Set("Access-Control-Request-Method", http.MethodGet)
	req.Header.Set("Access-Control-Request-Headers", "hx-request,hx-live")
	res, err := a.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	mustShareNothing(t, "preflight", res)
}

// A request of HTTP/1.0 may name no host, and Origin: null names none either. They are not the same site for that.
func TestNoHostIsNotTheSameHost(t *testing.T) {
	a := newApp(t, middleware.Config{})
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", a.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "GET /notes HTTP/1.0\r\nAccept: text/event-stream\r\nOrigin: null\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("%d, want 403", res.StatusCode)
	}
}
