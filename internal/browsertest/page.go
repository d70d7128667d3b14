package browsertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Page is one window of a person. Its methods fail the test, with what the page showed, instead of returning errors;
// they are for the test's own goroutine, except those that only read (Streams, Console).
type Page struct {
	t       testing.TB
	timeout time.Duration
	ctx     context.Context // the page's life: chromedp keeps the page itself in it
	cancel  context.CancelFunc
	console *console
	streams *streams
	network *interceptor // nil: nothing is intercepted
}

// Open opens a new window at url and returns when the page has loaded. The person's other windows stay as they are.
func (p *Person) Open(url string) *Page {
	p.t.Helper()
	pg := p.newPage()
	// The first run binds the page's life to its context, so it takes one without a time limit.
	if err := chromedp.Do(pg.ctx); err != nil {
		p.t.Fatalf("browsertest: opening a window: %v", err)
	}
	if pg.network != nil {
		pg.do("intercepting "+pg.network.origin, pg.network.enable())
	}
	pg.Navigate(url)
	return pg
}

// newPage is a page that has no window yet.
func (p *Person) newPage() *Page {
	p.mu.Lock()
	defer p.mu.Unlock()
	pg := &Page{t: p.t, timeout: p.browser.timeout(), console: &console{}, streams: newStreams()}
	options := []chromedp.ContextOption{
		chromedp.WithExistingBrowserContext(p.id), chromedp.WithListener(pg.console.see), chromedp.WithListener(pg.streams.see),
	}
	if p.handler != nil {
		pg.network = &interceptor{origin: p.origin, handler: p.handler}
		options = append(options, chromedp.WithListener(pg.network.see))
	}
	pg.ctx, pg.cancel = chromedp.NewContext(p.ctx, options...)
	if pg.network != nil {
		pg.network.ctx = pg.ctx
	}
	p.pages = append(p.pages, pg)
	return pg
}

// Navigate goes to url as if typed into the address bar, and returns when the page has loaded.
func (p *Page) Navigate(url string) {
	p.t.Helper()
	p.do("going to "+url, chromedp.Navigate(url))
}

// Reload loads the page afresh and returns when it has.
func (p *Page) Reload() {
	p.t.Helper()
	p.do("reloading", chromedp.Reload())
}

// Back goes one step back in the window's history. Unlike Navigate it does not wait for anything: what follows a
// step back (a load, or a script that answers popstate) is the page's own choice, so wait for what it should show.
func (p *Page) Back() {
	p.t.Helper()
	Eval[any](p, `history.back()`)
}

// Forward goes one step forward, as Back goes back.
func (p *Page) Forward() {
	p.t.Helper()
	Eval[any](p, `history.forward()`)
}

// URL is the address that the window shows.
func (p *Page) URL() string {
	p.t.Helper()
	return Eval[string](p, `location.href`)
}

// Close closes the window, as a person does: what the page shows and its streams end.
func (p *Page) Close() {
	p.t.Helper()
	p.report()
	p.do("closing", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, page.Close, cdp.Empty{})
		return err
	}))
	p.cancel()
}

// Eval evaluates a JavaScript expression in the page and returns its value, a promise's once it is kept. An exception,
// or a value that is no T, fails the test.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	value, err := evaluate[T](p.ctx, stepTime, expression)
	if err != nil {
		p.t.Fatalf("browsertest: %s: %v", expression, err)
	}
	return value
}

func evaluate[T any](ctx context.Context, timeout time.Duration, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// do runs one step that the test cannot go on without.
func (p *Page) do(what string, step chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, stepTime)
	defer cancel()
	if err := chromedp.Do(ctx, step); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("not done after %s", stepTime)
		}
		p.t.Fatalf("browsertest: %s: %v", what, err)
	}
}
