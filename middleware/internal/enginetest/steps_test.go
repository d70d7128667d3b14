package enginetest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/browsertest"
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

// rests lets time pass in the page.
func (p *shown) rests(d time.Duration) {
	p.t.Helper()
	browsertest.Eval[any](p.Page, fmt.Sprintf(`new Promise((done) => setTimeout(done, %d))`, d.Milliseconds()))
}

// After steps in quick succession the address, the rows and the stream are those of one page. Pages take a moment here, so
// that the second step comes while the first one loads.
func TestQuickStepsAgree(t *testing.T) {
	inEach(t, func(t *testing.T, p *shown) {
		visited := map[string]visit{p.URL(): {"row-8 row-7 row-6", 7}}
		for _, next := range []visit{{"row-5 row-4 row-3", 4}, {"row-2 row-1", 1}} {
			p.Click(`a[rel="next"]`)
			p.shows(next.rows)
			p.oneStream()
			visited[p.URL()] = next
		}
		p.app.slow(100 * time.Millisecond)
		for _, ms := range []int{0, 20, 100, 200} {
			for _, step := range []string{"back", "forward"} {
				p.steps(step, ms)
				p.agrees(t, visited, fmt.Sprintf("two steps %s, %d ms apart", step, ms))
			}
		}
	})
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
}

// visit is what a page of the list shows, and a note among it.
type visit struct {
	rows string
	note int
}

// agrees waits until the page shows what its address has, and follows it; then it changes a note of it and looks again.
func (p *shown) agrees(t *testing.T, visited map[string]visit, after string) {
	t.Helper()
	state := ""
	settled := func() bool {
		got := browsertest.Eval[[]string](p.Page, "[location.href, "+rowIDs+"]")
		state = fmt.Sprintf("%q, followed by %q", got, p.app.followed())
		return visited[got[0]].rows == got[1] && p.followed(got[0])
	}
	for range 2 {
		if !p.soon(settled) {
			t.Fatalf("after %s the page does not agree: %s", after, state)
		}
		p.follows(visited[p.URL()].note)
	}
}
