package views_test

import (
	"fmt"
	"testing"

	"github.com/htmxlive/htmxlive/views"
)

// What is typed in a row or block that a placeholder takes the place of, of its own tag or another, stays beside that with the
// note until focus leaves.
func TestTypedTextOutlivesARowThatTurnsBad(t *testing.T) {
	t.Parallel()
	table := `<table><tbody id="rows">%s</tbody></table>`
	for name, is := range map[string]struct{ around, row, bad, id string }{
		"row":       {table, `<tr id="row-{{.Key}}"><td>{{.Title}}</td><td><input name="note"></td></tr>`, `<table><tbody><tr id="row-1" hx-swap-oob="true" data-live="failed"><td colspan="2">Bad.</td></tr></tbody></table>`, "row-1"},
		"other tag": {`<div id="rows">%s</div>`, `<article id="row-{{.Key}}">{{.Title}}<form><input name="note"></form></article>`, `<section id="row-1" hx-swap-oob="true" data-live="failed">Bad.</section>`, "row-1"},
		"list":      {`<div id="rows">%s</div>`, `<form id="row-{{.Key}}">{{.Title}}<input name="note"></form>`, `<div id="rows" hx-swap-oob="innerHTML:#rows" data-live="whole"><p id="row-1" data-live="failed">Bad.</p><form id="row-2">two<input name="note"></form></div>`, "row-1"},
		"block":     {`<form id="block">secret<input></form><div id="rows">%s</div>`, `<p id="row-{{.Key}}">{{.Title}}<input></p>`, `<nav id="block" hx-swap-oob="true" data-live="gone">Bad.</nav>`, "block"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachClient(t, func(t *testing.T, client views.Client) {
				b := rowsPage{around: is.around, row: is.row}.open(t, client, ticket{Key: "1", Title: "secret"}, ticket{Key: "2", Title: "two"})
				b.page.Type("#"+is.id+" input", "half")
				b.push(t, is.bad+`<output id="marker" hx-swap-oob="true">bad</output>`)
				b.page.WaitForText("#marker", "bad")
				b.eval(t, "the typed text", `document.activeElement.value === "half"`)
				b.eval(t, "the note", `document.querySelectorAll(".live-note").length === 1`)
				b.eval(t, "the placeholder", fmt.Sprintf(`document.querySelectorAll("#%s").length === 1 && document.querySelector("#%[1]s").textContent.includes("Bad.")`, is.id))
				b.eval(t, "no data of the row", `!document.activeElement.closest("tr, article, form").outerHTML.includes("secret")`)
				b.do(t, `document.activeElement.blur()`)
				b.page.WaitFor("nothing but the placeholder", fmt.Sprintf(`!document.querySelector(".live-note, [data-live=left]") && document.querySelector("#%s").textContent === "Bad."`, is.id))
			})
		})
	}
}

// A date or time that is half typed stays so, whatever the server says of its field, and is marked where that is another value.
// Once it is whole, the field takes what the server said, but for the value.
func TestHalfADateStays(t *testing.T) {
	t.Parallel()
	const row = `<li id="row-{{.Key}}">{{.Title}}{{$new := eq .Title "new"}}` +
		`<input type="date" class="a" value="{{if $new}}2026-01-02{{end}}"><input type="date" class="b" {{if $new}}min="2026-01-02" step="2"{{end}}>` +
		`<input type="time" class="c" value="{{if $new}}10:20{{else}}09:20{{end}}"><input type="datetime-local" class="d" value="{{if $new}}2026-01-02T10:20{{end}}" {{if $new}}max="2026-03-02T10:20"{{end}}>` +
		`<input type="month" class="e" value="{{if $new}}2026-01{{end}}"><input type="week" class="f" value="{{if $new}}2026-W02{{end}}"></li>`
	eachClient(t, func(t *testing.T, client views.Client) {
		b := rowsPage{around: `<ul id="rows">%s</ul>`, row: row}.open(t, client, ticket{Key: "1", Title: "old"})
		b.do(t, `window.conflicts = []; addEventListener("htmxlive:conflict", e => conflicts.push(e.detail.value))`)
		b.page.Focus(".c")
		b.page.KeyDown('\b')
		b.page.KeyUp('\b')
		for _, class := range []string{"a", "b", "d", "e", "f"} {
			b.page.Type("."+class, "12")
		}
		const half = `[...document.querySelectorAll("#row-1 input")].every(f => f.validity.badInput && f.value === "")`
		b.eval(t, "half typed", half)
		for _, mark := range []string{"once", "twice"} {
			b.show(t, mark, ticket{Key: "1", Title: "new"})
			b.eval(t, "still half typed "+mark, half)
			b.eval(t, "marks "+mark, `[...document.querySelectorAll("#row-1 input")].map(f => f.dataset.serverValue).join() === "2026-01-02,,10:20,2026-01-02T10:20,2026-01,2026-W02"`)
			b.eval(t, "events "+mark, `conflicts.join() === "2026-01-02,10:20,2026-01-02T10:20,2026-01,2026-W02"`)
			b.show(t, fmt.Sprint("other row ", mark), ticket{Key: "1", Title: "new"}, ticket{Key: "2", Title: mark})
		}
		b.page.Type(".a", "12312026")
		b.page.WaitFor("a whole date beside the server's", `(f => f.value === "2026-12-31" && f.defaultValue === "2026-01-02" && f.dataset.serverValue === "2026-01-02")(document.querySelector(".a"))`)
		b.do(t, `document.activeElement.blur()`) // back to the month
		b.page.Type(".a", "01022026")
		b.page.WaitFor("a date that agrees", `(f => f.value === "2026-01-02" && f.dataset.serverValue === undefined)(document.querySelector(".a"))`)
		b.page.Type(".b", "12312026")
		b.page.WaitFor("the limits", `(f => f.value === "2026-12-31" && f.min === "2026-01-02" && f.step === "2")(document.querySelector(".b"))`)
	})
}
