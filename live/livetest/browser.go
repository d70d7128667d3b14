package livetest

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"
)

// The defaults of a [Browser].
const (
	DefaultOrigin  = "http://app.example"
	DefaultTimeout = 10 * time.Second
)

// Browser is one person's browser: pages that share cookies, and so a session. [Open] makes one for a single page; a
// test of two people makes two of them on one handler. Its fields may be set before the first page is opened.
//
// In a testing/synctest bubble it has to be made in the bubble.
type Browser struct {
	// Header is sent with every request, the streams' included: Accept-Language, or what a proxy would add.
	Header http.Header

	// Origin is where the application says it is, as scheme and host. With https Secure cookies work; there is no TLS.
	// Default: DefaultOrigin.
	Origin string

	// Timeout is how long Await and its like wait. A request may take three times as long, and a handler as long once
	// its page was left. Default: DefaultTimeout.
	Timeout time.Duration

	// SwapErrors makes htmx 1.9 and 2 swap the answers of errors too, as a listener of htmx:beforeSwap or the setting
	// responseHandling does. htmx 4 does so by itself.
	SwapErrors bool

	t       testing.TB
	handler http.Handler
	jar     *cookiejar.Jar
	start   sync.Once // guards the start of what follows
	origin  *url.URL
	server  *server
	client  *http.Client

	mu    sync.Mutex // guards pages
	pages []*Page
}

// NewBrowser is a browser without cookies in front of a handler: an *echo.Echo, an *http.ServeMux, or any other. There is
// no network: requests travel over pipes in memory, to a real net/http server. When the test ends, all pages are left,
// and every handler must have returned soon afterwards.
func NewBrowser(t testing.TB, handler http.Handler) *Browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatalf("livetest: %v", err)
	}
	b := &Browser{t: t, handler: handler, jar: jar}
	t.Cleanup(b.close)
	return b
}

// Open loads a page, connects its stream if it has one, and waits until that has begun. path may have a query. An answer
// that is not 2xx, redirects followed, ends the test: [Browser.OpenStatus] is for those.
func (b *Browser) Open(path string) *Page {
	b.t.Helper()
	return b.OpenStatus(path, 0)
}

// OpenStatus is Open for an answer with that status, such as 404.
func (b *Browser) OpenStatus(path string, status int) *Page {
	b.t.Helper()
	b.begin()
	p := newPage(b)
	b.mu.Lock()
	b.pages = append(b.pages, p)
	b.mu.Unlock()
	p.expected = status
	p.goTo(request{path: path, site: "none"})
	return p
}

// Open opens a page of the handler in a new browser: see [NewBrowser] and [Browser.Open].
func Open(t testing.TB, handler http.Handler, path string) *Page {
	t.Helper()
	return NewBrowser(t, handler).Open(path)
}

// Cookie is the value of the cookie with that name which the browser sends to path, empty if there is none.
func (b *Browser) Cookie(path, name string) string {
	b.t.Helper()
	b.begin()
	u, err := b.origin.Parse(path)
	if err != nil {
		b.t.Fatalf("livetest: Cookie: %v", err)
	}
	for _, c := range b.jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *Browser) begin() {
	b.t.Helper()
	b.start.Do(func() {
		if b.Origin == "" {
			b.Origin = DefaultOrigin
		}
		if b.Timeout <= 0 {
			b.Timeout = DefaultTimeout
		}
		var err error
		if b.origin, err = url.Parse(b.Origin); err != nil || b.origin.Host == "" {
			b.t.Fatalf("livetest: Origin %q is not a scheme and a host", b.Origin)
		}
		b.server = serve(b.handler, b.t.Output())
		b.client = &http.Client{Jar: b.jar, Transport: b.server.transport()}
	})
}

// close leaves all pages and waits for what they have started.
func (b *Browser) close() {
	b.t.Helper()
	b.mu.Lock()
	pages := slices.Clone(b.pages)
	b.mu.Unlock()
	for _, p := range pages {
		p.leave()
	}
	if b.server == nil {
		return
	}
	b.client.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.t.Context()), b.Timeout)
	defer cancel()
	if err := b.server.close(ctx); err != nil {
		b.t.Errorf("livetest: a handler still runs %v after all pages were left: does it heed the context of its request?", b.Timeout)
	}
}
