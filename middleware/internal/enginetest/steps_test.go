package enginetest_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/sse"
)

// A link that leads nowhere ends the streams of some engines without a word. A stream that takes the place of one sends
// nothing that the page has, and where the old one goes on none does.
func TestALinkThatLeadsNowhereLeavesThePageLive(t *testing.T) {
	inEach(t, func(t *testing.T, p *shown) {
		for _, link := range []string{"#file", "#nothing"} {
			p.follows(7)
			before := len(p.app.sent())
			p.Click(link)
			p.rests(3 * time.Second) // the script looks after two
			p.oneStream()
			anew := p.app.sent()[before:]
			if p.engine == browsertest.Chromium && len(anew) > 0 {
				t.Errorf("%s: a stream that goes on was opened again", link)
			}
			for _, sent := range anew {
				if strings.Contains(sent, "row-") {
					t.Errorf("%s: a new stream sent what the page has: %s", link, sent)
				}
			}
			p.follows(8)
		}
	})
}

// What a person or a script stops is opened again: some engines hear of it by the heartbeats that do not come.
func TestAStreamThatIsStoppedComesBack(t *testing.T) {
	inEachWith(t, sse.Config{Heartbeat: time.Second}, func(_ *testing.T, p *shown) {
		p.tear()
		p.follows(7)
		p.rests(2 * time.Second) // a heartbeat has come
		browsertest.Eval[any](p.Page, `(stop(), 0)`)
		p.follows(8)
	})
}

// rests lets time pass in the page.
func (p *shown) rests(d time.Duration) {
	p.t.Helper()
	browsertest.Eval[any](p.Page, fmt.Sprintf(`new Promise((done) => setTimeout(done, %d))`, d.Milliseconds()))
}

// After steps in quick succession the address, the rows and the stream are those of one page. Pages take a moment here, so
// that the second step comes while the first one loads.
func TestQuickStepsAgree(t *testing.T) {
	inEach(t, func(_ *testing.T, p *shown) {
		p.walkThrough()
		for _, ms := range []int{0, 20, 100, 200} {
			for _, step := range []string{"back", "forward"} {
				p.steps(step, ms)
				p.agrees(fmt.Sprintf("two steps %s, %d ms apart", step, ms))
			}
		}
	})
}

// So they are after any other moves.
func TestQuickMovesAgree(t *testing.T) {
	rounds := 12 / shorter(t, 3)
	moves := []string{
		`history.back()`, `history.forward()`, `location.reload()`,
		`document.querySelector('a[rel="next"]')?.click()`, `document.querySelector('a[rel="prev"]')?.click()`,
	}
	inEach(t, func(_ *testing.T, p *shown) {
		p.AllowConsole("htmx:afterRequest", "htmx:sendError") // a page change that another move ends
		p.walkThrough()
		random := rand.New(rand.NewPCG(7, 7))
		for range rounds {
			var did strings.Builder
			for range 5 {
				move, wait := moves[random.IntN(len(moves))], time.Duration(random.IntN(250))*time.Millisecond
				fmt.Fprintf(&did, "%s, %s; ", move, wait)
				browsertest.Eval[any](p.Page, "("+move+", 0)")
				p.pause(wait)
			}
			p.agrees(did.String())
		}
	})
}

// walkThrough goes through all pages of the list. From then on they take a moment.
func (p *shown) walkThrough() {
	p.t.Helper()
	for _, rows := range []string{"row-5 row-4 row-3", "row-2 row-1"} {
		p.Click(`a[rel="next"]`)
		p.shows(rows)
		p.oneStream()
	}
	p.app.slow(100 * time.Millisecond)
}

// pause is how long a hand rests.
func (p *shown) pause(d time.Duration) {
	p.t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.t.Context().Done():
	}
}

// steps takes two steps in the history, so many milliseconds apart, and returns when both have been taken. A document that
// the first one replaces takes no second one.
func (p *shown) steps(step string, ms int) {
	p.t.Helper()
	browsertest.Eval[any](p.Page, fmt.Sprintf(`(window.stepping = true, setTimeout(() => {
		history.%s()
		setTimeout(() => { history.%[1]s(); setTimeout(() => window.stepping = false, 500) }, %d)
	}), 0)`, step, ms))
	p.WaitFor("both steps", "!window.stepping")
	if browsertest.Eval[string](p.Page, "location.href") == "about:blank" { // of two steps before it had taken one, so these led out of the site
		browsertest.Eval[any](p.Page, "(setTimeout(() => history.forward()), 0)")
		p.WaitFor("the site again", `location.href !== "about:blank"`)
	}
}

// agrees waits until the page shows what a fresh load of its address would, and follows it: it says what changes.
func (p *shown) agrees(after string) {
	p.t.Helper()
	var got []string
	settled := func() bool {
		got = browsertest.Eval[[]string](p.Page, "[location.href, "+rowIDs+"]")
		return p.followed(got[0]) && p.app.rowsAt(p.t, got[0]) == got[1]
	}
	if !p.soon(func() bool { return settled() && p.says(got[1]) && settled() }) {
		p.t.Fatalf("after %s the page does not agree: %q, followed by %q", after, got, p.app.followed())
	}
}

// says changes the first of the rows and reports whether the page soon says so.
func (p *shown) says(rows string) bool {
	p.t.Helper()
	row, _, _ := strings.Cut(rows, " ")
	id, err := strconv.Atoi(strings.TrimPrefix(row, "row-"))
	if err != nil {
		return false
	}
	p.n++
	text := fmt.Sprint("news ", p.n)
	p.app.change(p.t, id, text)
	for range 100 {
		if browsertest.Eval[bool](p.Page, fmt.Sprintf(`document.querySelector("#%s .text")?.textContent === %q`, row, text)) {
			return true
		}
		p.pause(20 * time.Millisecond)
	}
	return false
}
