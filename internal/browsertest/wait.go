package browsertest

import (
	"context"
	"fmt"
	"time"
)

// lookEvery is how often a page is asked. It is asked from outside, by the protocol, because a page that is hidden,
// navigating or under a strict content security policy cannot be relied on to watch itself.
const lookEvery = 15 * time.Millisecond

// WaitFor waits until the JavaScript expression is truthy in the page; what names it in the failure. An expression
// that throws (an element that is not there yet) has not come true yet. It survives navigation.
func (p *Page) WaitFor(what, expression string) {
	p.t.Helper()
	last := "nothing"
	ok := p.until(func() bool {
		value, err := evaluate[any](p.window, p.step, expression)
		last = fmt.Sprint(value)
		if err != nil {
			last = err.Error()
		}
		return err == nil && truthy(value)
	})
	if !ok {
		p.t.Fatalf("browsertest: waited %s for %s\n  %s\n  was last: %s\n%s", p.timeout, what, expression, last, p.state())
	}
}

// WaitForText waits until the first element that the CSS selector names has exactly this text, white space collapsed.
func (p *Page) WaitForText(selector, text string) {
	p.t.Helper()
	p.WaitFor(fmt.Sprintf("%s to say %q", selector, text), fmt.Sprintf(`%s === %s`, textOf(selector), quote(text)))
}

// until asks now, and then again and again until it is so; false when the page's time is up.
func (p *Page) until(isSo func() bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), p.timeout)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for !isSo() {
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
	return true
}

// truthy is JavaScript's idea of true for a decoded JSON value.
func truthy(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case bool:
		return v
	case float64:
		return v != 0
	case string:
		return v != ""
	}
	return true
}

// state describes the page for a failure: where it is, what it says, what its console and its streams did.
func (p *Page) state() string {
	const enough = 2000
	text, err := evaluate[string](p.window, p.step,
		fmt.Sprintf(`location.href + "\n" + (document.body ? document.body.innerText : "").slice(0, %d)`, enough))
	if err != nil {
		text = err.Error()
	}
	return fmt.Sprintf("--- the page\n%s\n--- its console\n%s--- its streams\n%s", text, p.events.console, p.events.streams)
}

// rest lets time pass: between two steps of a hand, and between two looks.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
