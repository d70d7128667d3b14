package enginetest_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// Clicks on a button land, whatever happens to its row between down and up.
func TestClicksLandInARowThatChanges(t *testing.T) {
	clicks := 40 / shorter(t, 4)
	inEach(t, func(t *testing.T, p *shown) {
		p.oneStream()
		defer p.ticking(t, 7)()
		done := 0
		for _, hold := range []time.Duration{20 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond} {
			for range clicks {
				p.ClickFor("#press-7", hold)
			}
			done += clicks
			if !p.soon(func() bool { return p.app.presses() == done }) {
				t.Fatalf("of clicks of %s %d too few landed", hold, done-p.app.presses())
			}
		}
	})
}

// What a person does in a row survives what is pushed into it, and the row shows the news.
func TestWhatAPersonDoesSurvivesPushes(t *testing.T) {
	pushes := 1000 / shorter(t, 10)
	inEach(t, func(t *testing.T, p *shown) {
		p.oneStream()
		p.Type("#field-7", "half a")
		p.Select("#choice-7", "two")
		p.Click("#details-7 summary")
		browsertest.Eval[any](p.Page, `(document.getElementById("dialog-7").show(), document.getElementById("row-8").mark = true, 0)`)
		p.Focus("#field-7")
		for n := range pushes {
			p.app.change(t, 7, fmt.Sprint("push ", n))
			if n%10 == 0 {
				p.WaitForText("#row-7 .text", fmt.Sprint("push ", n))
			}
		}
		p.WaitForText("#row-7 .text", fmt.Sprint("push ", pushes-1))
		p.WaitForText("#details-7 p", fmt.Sprint("push ", pushes-1))
		const state = `[document.activeElement.id, document.getElementById("field-7").value, document.getElementById("choice-7").value,
			document.getElementById("details-7").open, document.getElementById("dialog-7").open, document.getElementById("row-8").mark === true].join()`
		if got := browsertest.Eval[string](p.Page, state); got != "field-7,half a,two,true,true,true" {
			t.Errorf("afterwards: %s", got)
		}
		p.Type("#field-7", " word")
		if got := browsertest.Eval[string](p.Page, `document.getElementById("field-7").value`); got != "half a word" {
			t.Errorf("typed on, the field says %q", got)
		}
	})
}

// A row that did not change is the same node after a cut, a restart and a message that changes all others.
func TestARowThatDidNotChangeIsNotTouched(t *testing.T) {
	inEach(t, func(t *testing.T, p *shown) {
		p.tear()
		p.oneStream()
		browsertest.Eval[any](p.Page, `(document.getElementById("row-6").mark = true, 0)`)
		same := func(after string) {
			t.Helper()
			if !browsertest.Eval[bool](p.Page, `document.getElementById("row-6").mark === true`) {
				t.Fatalf("the row is another node after %s", after)
			}
		}
		p.app.set(8, "all others")
		p.follows(7)
		same("a change of all others")
		p.app.cut()
		p.follows(7)
		same("a cut")
		p.app.restart(t, func() { p.app.set(8, "in absence") })
		p.WaitForText("#row-8 .text", "in absence")
		p.follows(7)
		same("a restart")
	})
}

// A click lands on the button that was pressed although its row moves while the mouse is down, and what a person does in the
// row moves with it.
func TestAClickLandsWhenItsRowMoves(t *testing.T) {
	inEach(t, func(t *testing.T, p *shown) {
		p.Navigate(p.app.url + "/moving")
		p.shows("row-1 row-2 row-3 row-4 row-5 row-6 row-7 row-8")
		p.oneStream()
		browsertest.Eval[any](p.Page, `(document.getElementById("row-7").mark = true, 0)`)
		p.Type("#field-7", "half")
		for n, rows := range []string{"row-7 row-1 row-2 row-3 row-4 row-5 row-6 row-8", "row-1 row-2 row-3 row-4 row-5 row-6 row-8 row-7"} {
			p.MouseDown("#press-7")
			p.app.order(t, rows)
			p.shows(rows)
			p.MouseUp()
			if !p.soon(func() bool { return p.app.presses() == n+1 }) {
				t.Fatalf("of %d clicks %d landed", n+1, p.app.presses())
			}
		}
		p.Focus("#field-7")
		p.Type("#field-7", "way")
		if !browsertest.Eval[bool](p.Page, `document.getElementById("row-7").mark && document.getElementById("field-7").value === "halfway"`) {
			t.Error("the row is another node, or what was typed is gone")
		}
	})
}

// What a person has opened in a row stays open while the row moves: also what lies on top of the page.
func TestWhatIsOpenMovesWithItsRow(t *testing.T) {
	inEach(t, func(t *testing.T, p *shown) {
		p.Navigate(p.app.url + "/moving")
		p.oneStream()
		p.Click("#details-7 summary")
		browsertest.Eval[any](p.Page, `(document.getElementById("popover-7").showPopover(), document.getElementById("dialog-7").showModal(), 0)`)
		rows := "row-7 row-1 row-2 row-3 row-4 row-5 row-6 row-8"
		p.app.order(t, rows)
		p.shows(rows)
		p.follows(1)
		const state = `[document.getElementById("details-7").open, document.getElementById("popover-7").matches(":popover-open"),
			document.getElementById("dialog-7").matches(":modal")].join()`
		if got := browsertest.Eval[string](p.Page, state); got != "true,true,true" {
			t.Errorf("details, popover and modal dialog are open: %s", got)
		}
	})
}

// moving is a page of all notes in the order in which they stand.
func (a *app) moving(c echo.Context) error {
	_, err := live.KeepList(middleware.Socket(c), "notes", live.ListQuery[note, int]{
		Fetch: func(context.Context) ([]note, error) { return a.list(), nil },
		Key:   func(n note) int { return n.ID }, Subscribe: []string{"notes"}, Results: live.ResultsLose, Fragments: fragments[:1],
	})
	if err != nil {
		return err
	}
	return middleware.Render(c, http.StatusOK, views.Template(tmpl, "moving", nil))
}

// order puts the notes into the order of these ids of their rows, and publishes it.
func (a *app) order(t *testing.T, rows string) {
	t.Helper()
	place := strings.Fields(rows)
	a.mu.Lock()
	slices.SortFunc(a.rows, func(x, y note) int {
		return slices.Index(place, fmt.Sprint("row-", x.ID)) - slices.Index(place, fmt.Sprint("row-", y.ID))
	})
	a.mu.Unlock()
	if err := a.keeper.Publish(context.WithoutCancel(t.Context()), "notes"); err != nil {
		t.Error(err)
	}
}

// A kick takes all that is live off the page, with what is typed into it.
func TestAKickClearsThePage(t *testing.T) {
	inEach(t, func(t *testing.T, p *shown) {
		p.oneStream()
		p.Type("#field-7", "half a")
		other := p.person.Open(p.app.url + "/plain")
		browsertest.Eval[int](other, `fetch("/logout", { method: "POST" }).then(r => r.status)`)
		p.WaitFor("an empty page", `document.getElementById("rows").childNodes.length === 0 && !document.querySelector("#pages a")`)
		if !p.Has("h1") {
			t.Error("what is not live has gone, too")
		}
	})
}

// ticking changes a note five times a second until the function that it returns is called.
func (p *shown) ticking(t *testing.T, id int) func() {
	t.Helper()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(200 * time.Millisecond)
		defer ticker.Stop()
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-ticker.C:
				p.app.change(t, id, fmt.Sprint("tick ", n))
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}
