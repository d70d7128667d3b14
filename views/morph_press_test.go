package views_test

import (
	"fmt"
	"testing"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/views"
)

const pressRow = `<tr id="row-{{.Key}}"><td>{{.Title}}<button hx-post="/hit" hx-swap="none">{{.Key}}</button></td></tr>`

// openPressed is a page that notes which rows are clicked, and on what else a click arrives.
func openPressed(t *testing.T, client views.Client, rows ...ticket) *busy {
	t.Helper()
	b := rowsPage{around: `<table><tbody id="rows">%s</tbody></table>`, row: pressRow}.open(t, client, rows...)
	b.page.WaitFor("a listener", `window.clicked = [], document.querySelector("#rows").addEventListener("click", e => clicked.push(e.target.closest("tr")?.id ?? e.target.id)) ?? true`)
	return b
}

// A press during which rows come, move or go is one click on what was pressed, and on nothing else: neither on the row that is
// there afterwards nor on the list. A press on a row that goes is none.
func TestAPressIsOneClickOnWhatWasPressed(t *testing.T) {
	t.Parallel()
	rows := func(keys ...string) (all []ticket) {
		for _, key := range keys {
			all = append(all, ticket{Key: key, Title: "row"})
		}
		return all
	}
	wide := rows("1", "2", "3", "4")
	wide[1].Title = "a row that pushes its button away"
	eachClient(t, func(t *testing.T, client views.Client) {
		before := rows("1", "2", "3", "4")
		b := openPressed(t, client, before...)
		for n, then := range []struct {
			rows []ticket
			want string
		}{
			{rows("5", "1", "2", "3", "4"), "row-2"},
			{rows("2", "1", "3", "4"), "row-2"},
			{wide, "row-2"},
			{rows("1", "3", "4"), ""},
			{rows("5", "6", "7", "8"), ""},
		} {
			for _, finger := range []bool{false, true} {
				name := fmt.Sprint(n, " finger ", finger)
				b.show(t, "before "+name, before...)
				press, lift := b.page.MouseDown, b.page.MouseUp
				if finger {
					press, lift = b.page.TouchDown, b.page.TouchUp
				}
				press("#row-2 button")
				b.show(t, "after "+name, then.rows...)
				lift()
				got := browsertest.Eval[string](b.page, `new Promise(f => setTimeout(() => setTimeout(() => f(clicked.splice(0).join(" ")))))`)
				if got != then.want {
					t.Errorf("%s: clicked %q, not %q", name, got, then.want)
				}
			}
		}
		b.waitForPosts(t, 6)
	})
}
