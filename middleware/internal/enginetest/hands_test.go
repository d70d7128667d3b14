package enginetest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/internal/browsertest"
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
