package browsertest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Text is what the first element that the CSS selector names says, white space collapsed. It waits for the element.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	p.WaitFor(selector, has(selector))
	return Eval[string](p, textOf(selector))
}

// Texts is what every element that the CSS selector names says now, in document order.
func (p *Page) Texts(selector string) []string {
	p.t.Helper()
	return Eval[[]string](p, fmt.Sprintf(
		`[...document.querySelectorAll(%s)].map(e => e.textContent.replace(/\s+/g, " ").trim())`, quote(selector)))
}

// HTML is the outer HTML of the first element that the CSS selector names. It waits for the element.
func (p *Page) HTML(selector string) string {
	p.t.Helper()
	p.WaitFor(selector, has(selector))
	return Eval[string](p, fmt.Sprintf(`document.querySelector(%s).outerHTML`, quote(selector)))
}

// Has reports whether an element that the CSS selector names is in the page now.
func (p *Page) Has(selector string) bool {
	p.t.Helper()
	return Eval[bool](p, has(selector))
}

// Count is the number of elements that the CSS selector names now.
func (p *Page) Count(selector string) int {
	p.t.Helper()
	return Eval[int](p, fmt.Sprintf(`document.querySelectorAll(%s).length`, quote(selector)))
}

// Click clicks the middle of the first element that the CSS selector names, with the mouse: what lies on top gets
// the click. It waits until the element is there, scrolled into view and not covered by another.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.ClickFor(selector, 0)
}

// ClickFor is Click by a hand that holds the button down for that long.
func (p *Page) ClickFor(selector string, hold time.Duration) {
	p.t.Helper()
	at := p.spot(selector)
	p.hand("clicking "+selector, step{move: &at}, step{press: true}, step{pause: hold}, step{lift: true})
}

// MouseDown moves the mouse to the middle of the first element that the CSS selector names, as Click does, and presses
// its button.
func (p *Page) MouseDown(selector string) {
	p.t.Helper()
	at := p.spot(selector)
	p.hand("pressing "+selector, step{move: &at}, step{press: true})
}

// MouseTo moves the mouse to the middle of the first element that the CSS selector names.
func (p *Page) MouseTo(selector string) {
	p.t.Helper()
	at := p.spot(selector)
	p.hand("moving to "+selector, step{move: &at})
}

// MouseUp releases the mouse's button where the mouse is.
func (p *Page) MouseUp() {
	p.t.Helper()
	p.hand("releasing the mouse", step{lift: true})
}

// spot waits until an element can be clicked and returns its middle.
func (p *Page) spot(selector string) point {
	p.t.Helper()
	p.WaitFor("something to click at "+selector, fmt.Sprintf(spot, quote(selector)))
	at := Eval[[]float64](p, fmt.Sprintf(spot, quote(selector)))
	if len(at) != 2 {
		p.t.Fatalf("browsertest: %s went away before the click\n%s", selector, p.state())
	}
	return point{at[0], at[1]}
}

// spot is where to click an element, or null while it cannot be clicked.
const spot = `((selector) => {
	const e = document.querySelector(selector);
	if (!e) return null;
	e.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
	const box = e.getBoundingClientRect();
	const x = box.left + box.width / 2, y = box.top + box.height / 2;
	const top = document.elementFromPoint(x, y);
	return box.width > 0 && top && (e === top || e.contains(top) || top.contains(e)) ? [x, y] : null;
})(%s)`

// Type puts the cursor at the end of the first field that the CSS selector names and types text, key by key; "\r" is
// the enter key.
func (p *Page) Type(selector, text string) {
	p.t.Helper()
	p.Focus(selector)
	steps := make([]step, 0, len(text))
	for _, key := range text {
		steps = append(steps, step{key: key})
	}
	p.hand("typing into "+selector, steps...)
}

// KeyDown presses a key on what has the focus, or holds it down for so long that it repeats; '\r' is the enter key.
func (p *Page) KeyDown(key rune) {
	p.t.Helper()
	p.hand("pressing a key", step{down: key})
}

// KeyUp lets a key go.
func (p *Page) KeyUp(key rune) {
	p.t.Helper()
	p.hand("letting a key go", step{up: key})
}

// Focus puts the cursor at the end of the first field that the CSS selector names. It waits for the field.
func (p *Page) Focus(selector string) {
	p.t.Helper()
	p.WaitFor("the focus on "+selector, fmt.Sprintf(`((selector) => {
		const e = document.querySelector(selector);
		e.focus();
		if (typeof e.value === "string" && typeof e.selectionStart === "number") e.setSelectionRange(e.value.length, e.value.length);
		return document.activeElement === e;
	})(%s)`, quote(selector)))
}

// Select chooses an option, by value, of the select element that the CSS selector names, as a person does: the page
// hears input and change.
func (p *Page) Select(selector, value string) {
	p.t.Helper()
	p.WaitFor(fmt.Sprintf("the option %q of %s", value, selector), fmt.Sprintf(`((selector, value) => {
		const e = document.querySelector(selector);
		e.value = value;
		if (e.value !== value) return false;
		e.dispatchEvent(new Event("input", { bubbles: true }));
		e.dispatchEvent(new Event("change", { bubbles: true }));
		return true;
	})(%s, %s)`, quote(selector), quote(value)))
}

func has(selector string) string {
	return fmt.Sprintf(`document.querySelector(%s) !== null`, quote(selector))
}

func textOf(selector string) string {
	return fmt.Sprintf(`document.querySelector(%s).textContent.replace(/\s+/g, " ").trim()`, quote(selector))
}

// quote makes a JavaScript string of s.
func quote(s string) string {
	var b strings.Builder
	encode := json.NewEncoder(&b)
	encode.SetEscapeHTML(false)
	if err := encode.Encode(s); err != nil {
		panic("browsertest: a string cannot fail to be JSON: " + err.Error())
	}
	return strings.TrimSpace(b.String())
}
