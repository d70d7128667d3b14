package enginetest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/sse"
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

// A page that lacks what a message changes asks for everything, and agrees again.
func TestAPageThatLostARowHasItAgain(t *testing.T) {
	inEach(t, func(_ *testing.T, p *shown) {
		p.tear()
		p.AllowConsole("oobErrorNoTarget")
		p.follows(7)
		browsertest.Eval[any](p.Page, `document.getElementById("row-7").remove()`)
		p.follows(7)
		p.shows("row-8 row-7 row-6")
	})
}

// Where the server sends no heartbeats silence means nothing, however long it is.
func TestWithoutHeartbeatsAStreamGoesOn(t *testing.T) {
	inEachWith(t, sse.Config{Heartbeat: -1}, func(t *testing.T, p *shown) {
		p.follows(7)
		before := len(p.app.sent())
		browsertest.Eval[any](p.Page, `(clock = Date.now, Date.now = () => clock() + 600000, 0)`)
		p.rests(5 * time.Second)
		if anew := p.app.sent()[before:]; len(anew) > 0 {
			t.Errorf("%d streams were opened again", len(anew))
		}
		p.follows(7)
	})
}

// Over HTTP/1.1 Chromium opens six connections to a host, and each live page holds one. After a failure of the server seven
// pages want theirs: the one that gets none says that it waits, and follows when another is closed.
func TestTheSeventhTabWaits(t *testing.T) {
	for _, client := range clientsIn(t, browsertest.Chromium) {
		t.Run(string(client), func(t *testing.T) {
			t.Parallel()
			a := run(t, client, sse.Config{})
			person := browser.Person(t)
			open := func() *browsertest.Page {
				p := person.Open(a.url)
				p.AllowConsole(append(torn, "Event", "object", "503")...)
				return p
			}
			var pages []*browsertest.Page
			for range 6 {
				p := open()
				p.WaitFor("a live page", state+` === "live"`)
				pages = append(pages, p)
			}
			const answered = `Promise.race([fetch("/plain").then(() => true), new Promise((done) => setTimeout(done, 1000, false))])`
			if browsertest.Eval[bool](pages[0], answered) {
				t.Error("there was a seventh connection")
			}
			a.refuse(true) // the seventh page itself needs a connection
			a.cut()
			pages = append(pages, open())
			a.refuse(false)
			for _, p := range pages { // a person who looks at a page does not wait for its next try
				browsertest.Eval[bool](p, `dispatchEvent(new Event("focus"))`)
			}
			waiting := theOneThatWaits(t, pages)
			if followed := a.followed(); len(followed) != 6 {
				t.Errorf("%d streams are open", len(followed))
			}
			pages[(waiting+1)%7].Close()
			pages[waiting].WaitFor("a live page", state+` === "live"`)
			a.change(t, 8, "news for all")
			pages[waiting].WaitForText("#row-8 .text", "news for all")
		})
	}
}

const state = `document.getElementById("live-status").dataset.state`

// theOneThatWaits is which of the pages says that it waits while all others are live.
func theOneThatWaits(t *testing.T, pages []*browsertest.Page) int {
	t.Helper()
	for until := time.Now().Add(90 * time.Second); time.Now().Before(until); {
		var states []string
		for _, p := range pages {
			states = append(states, browsertest.Eval[string](p, state+` ?? ""`))
		}
		waiting := slices.Index(states, "waiting")
		if waiting >= 0 && strings.Count(strings.Join(states, " "), "live") == len(pages)-1 {
			return waiting
		}
		browsertest.Eval[any](pages[0], `new Promise(requestAnimationFrame)`)
	}
	t.Fatal("no page says that it waits")
	return 0
}
