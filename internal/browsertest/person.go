package browsertest

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// Person is somebody with cookies, a cache and connections of their own: a browser context that nobody shares. All
// pages of a person close when the test ends.
//
// Over HTTP/1.1 a browser opens six connections to a host for one person, so the seventh page with a stream waits for
// ever, in tests as in life: give more pages to more persons, or serve HTTP/2 over TLS (any certificate will do).
type Person struct {
	t       testing.TB
	browser *Browser
	ctx     context.Context // the browser's: a person lives as long as the test, which cannot outlive it
	id      cdp.BrowserContextID

	mu      sync.Mutex // guards all below
	pages   []*Page
	origin  string       // what Intercept said; "": nothing
	handler http.Handler // answers what is asked of origin
}

// Person returns a new person for this test.
func (b *Browser) Person(t testing.TB) *Person {
	t.Helper()
	ctx := b.started(t)
	made, err := cdp.Call(ctx, chromedp.FromContext(ctx).Browser, target.CreateBrowserContext, target.CreateBrowserContextParams{})
	if err != nil {
		t.Fatalf("browsertest: a browser context: %v", err)
	}
	p := &Person{t: t, browser: b, ctx: ctx, id: made.BrowserContextID}
	t.Cleanup(p.leave)
	return p
}

// leave closes all pages at once: closing them one by one waits half a second for each that has a stream open.
func (p *Person) leave() {
	p.mu.Lock()
	pages := p.pages
	p.mu.Unlock()
	for _, page := range pages {
		page.report()
	}
	_, err := cdp.Call(p.ctx, chromedp.FromContext(p.ctx).Browser, target.DisposeBrowserContext,
		target.DisposeBrowserContextParams{BrowserContextID: p.id})
	if err != nil {
		p.t.Errorf("browsertest: closing the pages of a person: %v", err)
	}
	var wg sync.WaitGroup
	for _, page := range pages {
		wg.Go(page.cancel)
	}
	wg.Wait()
	for _, page := range pages {
		if page.network != nil {
			page.network.answers.Wait()
		}
	}
}

// Cookies are the cookies that this person's browser would send to some server, for a client of another kind (curl,
// an http.Client) that acts for the same person.
func (p *Person) Cookies() []*http.Cookie {
	p.t.Helper()
	got, err := cdp.Call(p.ctx, chromedp.FromContext(p.ctx).Browser, storage.GetCookies, storage.GetCookiesParams{BrowserContextID: p.id})
	if err != nil {
		p.t.Fatalf("browsertest: cookies: %v", err)
	}
	cookies := make([]*http.Cookie, 0, len(got.Cookies))
	for _, c := range got.Cookies {
		cookies = append(cookies, &http.Cookie{Name: c.Name, Value: c.Value, Path: c.Path, Domain: c.Domain, HttpOnly: c.HTTPOnly, Secure: c.Secure}) //nolint:gosec // a copy for sending, not a cookie to set
	}
	return cookies
}

// SetCookies puts cookies that a server at url set elsewhere into this person's browser.
func (p *Person) SetCookies(url string, cookies ...*http.Cookie) {
	p.t.Helper()
	params := storage.SetCookiesParams{BrowserContextID: p.id}
	for _, c := range cookies {
		params.Cookies = append(params.Cookies, &network.CookieParam{Name: c.Name, Value: c.Value, URL: url, HTTPOnly: c.HttpOnly})
	}
	if _, err := cdp.Call(p.ctx, chromedp.FromContext(p.ctx).Browser, storage.SetCookies, params); err != nil {
		p.t.Fatalf("browsertest: setting cookies: %v", err)
	}
}
