package browsertest

import (
	"context"
	"net/http"
	"sync"
	"testing"
)

// Person is somebody with cookies, a cache and connections of their own: a profile that nobody shares. All
// pages of a person close when the test ends.
//
// Over HTTP/1.1 a browser opens six connections to a host for one person, so the seventh page with a stream waits for
// ever, in tests as in life: give more pages to more persons, or serve HTTP/2 over TLS (any certificate will do).
type Person struct {
	t       testing.TB
	browser *Browser
	profile profile

	mu      sync.Mutex // guards all below
	pages   []*Page
	origin  string       // what Intercept said; "": nothing
	handler http.Handler // answers what is asked of origin
}

// Person returns a new person for this test.
func (b *Browser) Person(t testing.TB) *Person {
	t.Helper()
	running := b.started(t)
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	made, err := running.newProfile(ctx)
	if err != nil {
		t.Fatalf("browsertest: a new person: %v", err)
	}
	p := &Person{t: t, browser: b, profile: made}
	t.Cleanup(p.leave)
	return p
}

// leave closes all pages at once.
func (p *Person) leave() {
	p.mu.Lock()
	pages := p.pages
	p.mu.Unlock()
	for _, page := range pages {
		page.report()
	}
	ctx, cancel := context.WithTimeout(context.Background(), stepTime)
	defer cancel()
	if err := p.profile.close(ctx); err != nil {
		p.t.Errorf("browsertest: closing the pages of a person: %v", err)
	}
	for _, page := range pages {
		if page.events.network != nil {
			page.events.network.answers.Wait()
		}
	}
}

// Cookies are the cookies that this person's browser would send to some server, for a client of another kind (curl,
// an http.Client) that acts for the same person.
func (p *Person) Cookies() []*http.Cookie {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), stepTime)
	defer cancel()
	got, err := p.profile.cookies(ctx)
	if err != nil {
		p.t.Fatalf("browsertest: cookies: %v", err)
	}
	cookies := make([]*http.Cookie, 0, len(got))
	for _, c := range got {
		cookies = append(cookies, &http.Cookie{Name: c.Name, Value: c.Value, Path: c.Path, Domain: c.Domain, HttpOnly: c.HTTPOnly, Secure: c.Secure}) //nolint:gosec // a copy for sending, not a cookie to set
	}
	return cookies
}

// SetCookies puts cookies that a server at url set elsewhere into this person's browser. WebKit takes them only while a
// page of that server is open.
func (p *Person) SetCookies(url string, cookies ...*http.Cookie) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), stepTime)
	defer cancel()
	params := make([]cookie, 0, len(cookies))
	for _, c := range cookies {
		params = append(params, cookie{Name: c.Name, Value: c.Value, HTTPOnly: c.HttpOnly})
	}
	if err := p.profile.setCookies(ctx, url, params); err != nil {
		p.t.Fatalf("browsertest: setting cookies: %v", err)
	}
}
