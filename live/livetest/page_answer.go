package livetest

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/net/html"

	"github.com/htmxlive/htmxlive/internal/htmldom"
)

// ask sends a request of htmx and applies its answer to the page. It waits until the stream of a new state has begun.
func (p *Page) ask(n *html.Node, r request) {
	p.b.t.Helper()
	a, err := p.b.send(p.present(), r)
	if err != nil {
		p.b.t.Fatalf("livetest: %v", err)
	}
	p.check(r, a)
	if p.moves(a) {
		return
	}
	if r.header.Get("HX-Boosted") != "" {
		err = p.load(a)
	} else {
		err = p.apply(n, a)
	}
	if err != nil {
		p.b.t.Fatalf("livetest: the answer to %s %s cannot be applied: %v\n%s", methodOf(r), a.url, err, excerpt(a.body))
	}
	p.awaitStream()
}

// moves does what headers say that load another page. It reports whether there is one.
func (p *Page) moves(a answer) bool {
	p.b.t.Helper()
	to := cmp.Or(a.header.Get("HX-Redirect"), a.header.Get("HX-Location"))
	switch {
	case to != "":
		p.goTo(request{path: to})
	case a.header.Get("HX-Refresh") == "true":
		p.Reload()
	default:
		return false
	}
	return true
}

// apply is what htmx does with an answer to a request of an element.
func (p *Page) apply(n *html.Node, a answer) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = a
	defer p.notify()
	if !p.swaps(a.status) {
		return nil
	}
	_, rest, err := p.dom.ApplyAnswer(a.body, p.client().Lookup())
	if err != nil {
		return err
	}
	p.title = cmp.Or(rest.TakeTitle(), p.title)
	if rest, err = p.selected(n, a, rest); err != nil {
		return err
	}
	if err := p.swapIn(n, a, rest); err != nil {
		return err
	}
	if err := p.push(n, a); err != nil {
		return err
	}
	p.follow()
	return nil
}

// selected is the part of an answer that hx-select names. What hx-select-oob names is swapped in.
func (p *Page) selected(n *html.Node, a answer, rest htmldom.Page) (htmldom.Page, error) {
	if names := p.inherited(n, "hx-select-oob"); names != "" {
		if err := p.dom.ApplySelected(rest, names); err != nil {
			return rest, err
		}
	}
	if selector := cmp.Or(a.header.Get("HX-Reselect"), p.inherited(n, "hx-select")); selector != "" {
		return rest.Selected(selector)
	}
	return rest, nil
}

// swaps reports whether the page's client swaps an answer of that status.
func (p *Page) swaps(status int) bool {
	switch {
	case status == http.StatusNoContent:
		return false
	case status >= http.StatusBadRequest:
		return p.b.SwapErrors || p.client() == htmldom.HTMX4
	}
	return true
}

// swapIn swaps what is not out of band.
func (p *Page) swapIn(n *html.Node, a answer, rest htmldom.Page) error {
	style, _, _ := strings.Cut(cmp.Or(a.header.Get("HX-Reswap"), p.inherited(n, "hx-swap"), "innerHTML"), " ")
	if style == "none" {
		return nil
	}
	selector := cmp.Or(a.header.Get("HX-Retarget"), p.inherited(n, "hx-target"))
	target, ok := p.target(n, selector)
	if !ok || target.Parent == nil {
		return fmt.Errorf("the target %q is not on the page", selector)
	}
	switch style {
	case "innerMorph":
		style = "innerHTML"
	case "outerMorph", "morph", "morph:outerHTML":
		style = "outerHTML"
	}
	return htmldom.Place(style, target, rest.Body())
}

// push is the URL that the answer leads to.
func (p *Page) push(n *html.Node, a answer) error {
	to := cmp.Or(a.header.Get("HX-Push-Url"), a.header.Get("HX-Replace-Url"), p.inherited(n, "hx-push-url"), p.inherited(n, "hx-replace-url"))
	switch to {
	case "", "false":
		return nil
	case "true":
		p.at(a.url)
		return nil
	}
	u, err := p.url.Parse(to)
	if err != nil {
		return fmt.Errorf("the pushed URL %q: %w", to, err)
	}
	p.at(u)
	return nil
}
