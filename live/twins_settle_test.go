package live_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// settle lets all come to rest, and compares.
func (w *twins) settle() {
	if w.wild {
		w.data.fail(nil, 0)
		synctest.Wait()
		time.Sleep(2 * time.Minute) // of backoff
	}
	for _, tw := range w.all {
		if tw.away || !tw.pages[0].Connected() || !tw.pages[1].Connected() {
			tw.comeBack()
		}
	}
	synctest.Wait()
	if w.wild {
		time.Sleep(time.Minute)
	}
	synctest.Wait()
	for _, tw := range w.all {
		if problem := w.problem(tw); problem != "" {
			w.Errorf("%s: %s: %s\n%s", w.name, tw.name, problem, strings.Join(w.story, "\n"))
			return
		}
	}
	w.story = nil
}

// problem is how twins differ, or what they show that is not true.
func (w *twins) problem(tw *twin) string {
	for _, id := range []string{"items", "pages"} {
		if tw.unlike || id == "pages" && !tw.isPaged() {
			continue
		}
		if got, want := tw.pages[0].Text(id), tw.pages[1].Text(id); got != want {
			return fmt.Sprintf("shows %q, its twin %q", got, want)
		}
	}
	if got, want := tw.pages[0].HTML("items"), tw.pages[1].HTML("items"); got != want && !tw.unlike {
		return fmt.Sprintf("is %q, its twin %q", got, want)
	}
	for _, p := range tw.pages {
		if problem := w.data.wrong(tw.shownFilter(), rowsShown(p)); problem != "" {
			return problem
		}
	}
	return ""
}

// shownFilter is the filter of rows that stay on a page.
func (tw *twin) shownFilter() itemFilter {
	f := tw.itemFilter
	f.open = f.open && (tw.keysOpen || tw.results == live.ResultsLose)
	return f
}

// rowsShown is the texts of the rows that a page shows, by their keys.
func rowsShown(p *livetest.Page) map[int]string {
	shown := map[int]string{}
	for _, r := range p.Rows("items") {
		if id, err := strconv.Atoi(strings.TrimPrefix(r.ID, "item-")); err == nil {
			shown[id] = r.Text
		}
	}
	return shown
}
