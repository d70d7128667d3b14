package enginetest_test

import (
	"testing"

	"github.com/htmxlive/htmxlive/internal/browsertest"
)

// A person looks, goes on, back and forward, and loads the page again: it is live, with one stream, at each step.
func TestPagesFollowWhereverAPersonGoes(t *testing.T) {
	inEach(t, func(_ *testing.T, p *shown) {
		p.follows(7)
		p.Click(`a[rel="next"]`)
		p.shows("row-5 row-4 row-3")
		p.follows(4)
		p.Back()
		p.shows("row-8 row-7 row-6")
		p.follows(7)
		p.Forward()
		p.shows("row-5 row-4 row-3")
		p.follows(4)
		p.Reload()
		p.shows("row-5 row-4 row-3")
		p.follows(5)
	})
}

// Whatever ends the connection, the page is live again, with what it missed.
func TestPagesComeBack(t *testing.T) {
	inEach(t, func(t *testing.T, p *shown) {
		p.tear()
		p.follows(7)
		p.app.cut()
		p.follows(7)
		p.app.restart(t, func() { p.app.set(8, "changed in absence") })
		p.WaitForText("#row-8 .text", "changed in absence")
		p.follows(7)
	})
}

// A logout in another window ends the stream, and the page says so.
func TestLogoutEndsThePage(t *testing.T) {
	inEach(t, func(_ *testing.T, p *shown) {
		p.follows(7)
		other := p.person.Open(p.app.url + "/plain")
		if status := browsertest.Eval[int](other, `fetch("/logout", { method: "POST" }).then(r => r.status)`); status != 204 {
			p.t.Fatalf("the logout was answered with %d", status)
		}
		p.WaitFor("that the page says so", `document.getElementById("live-status").dataset.state === "offline"`)
		if followed := p.app.followed(); len(followed) > 0 {
			p.t.Errorf("%d streams are open", len(followed))
		}
	})
}
