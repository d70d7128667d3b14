package browsertest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"
)

// Page is one window of a person. Its methods fail the test, with what the page showed, instead of returning errors;
// they are for the test's own goroutine, except those that only read (Streams, Console).
type Page struct {
	t       testing.TB
	engine  Engine
	timeout time.Duration
	step    time.Duration // how long a step of the protocol may take
	window  window
	events  sink
	skipped map[Ability]int // checks that were skipped, for the log
}

// Open opens a new window at url and returns when the page has loaded. The person's other windows stay as they are.
func (p *Person) Open(url string) *Page {
	p.t.Helper()
	pg := &Page{
		t: p.t, engine: cmp.Or(p.browser.Engine, Chromium), timeout: p.browser.timeout(), step: stepTime, skipped: map[Ability]int{},
		events: sink{console: &console{}, streams: newStreams()},
	}
	p.mu.Lock()
	if p.handler != nil {
		pg.must(InterceptOrigins)
		pg.events.network = &interceptor{origin: p.origin, handler: p.handler}
	}
	p.mu.Unlock()
	pg.do("opening a window", func(ctx context.Context) (err error) {
		pg.window, err = p.profile.open(ctx, pg.events)
		return err
	})
	p.mu.Lock()
	p.pages = append(p.pages, pg)
	p.mu.Unlock()
	pg.Navigate(url)
	return pg
}

// Can reports whether the page's engine has the ability.
func (p *Page) Can(what Ability) bool { return p.engine.Can(what) }

// must fails the test in an engine without the ability.
func (p *Page) must(what Ability) {
	p.t.Helper()
	if !p.Can(what) {
		p.t.Fatalf("browsertest: %s cannot %s: ask Can first", p.engine, what)
	}
}

// skips reports whether a check is left out because the engine lacks the ability; the log of the test counts them.
func (p *Page) skips(what Ability) bool {
	if p.Can(what) {
		return false
	}
	p.skipped[what]++
	return true
}

// Navigate goes to url as if typed into the address bar, and returns when the page has loaded.
func (p *Page) Navigate(url string) {
	p.t.Helper()
	p.do("going to "+url, func(ctx context.Context) error { return p.window.navigate(ctx, url) })
}

// Reload loads the page afresh and returns when it has.
func (p *Page) Reload() {
	p.t.Helper()
	p.do("reloading", func(ctx context.Context) error { return p.window.navigate(ctx, "") })
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
	p.do("closing", p.window.close)
}

// Eval evaluates a JavaScript expression in the page and returns its value, a promise's once it is kept. An exception,
// or a value that is no T, fails the test.
func Eval[T any](p *Page, expression string) T {
	p.t.Helper()
	value, err := evaluate[T](p.window, p.step, expression)
	if err != nil {
		p.t.Fatalf("browsertest: %s: %s: %v", p.engine, expression, err)
	}
	return value
}

// errNull is an expression's null or undefined where a value was wanted.
var errNull = errors.New("the value is null or undefined")

func evaluate[T any](w window, timeout time.Duration, expression string) (value T, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	raw, err := w.evaluate(ctx, expression)
	if err != nil {
		return value, err
	}
	if string(raw) == "null" {
		switch reflect.TypeFor[T]().Kind() {
		case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		default:
			return value, errNull
		}
	}
	return value, json.Unmarshal(raw, &value)
}

// do runs one step that the test cannot go on without.
func (p *Page) do(what string, step func(ctx context.Context) error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), p.step)
	defer cancel()
	if err := step(ctx); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("not done after %s", p.step)
		}
		p.t.Fatalf("browsertest: %s: %s: %v", p.engine, what, err)
	}
}

// hand makes a hand do something.
func (p *Page) hand(what string, steps ...step) {
	p.t.Helper()
	p.do(what, func(ctx context.Context) error { return p.window.act(ctx, steps) })
}
