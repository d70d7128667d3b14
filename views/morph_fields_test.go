package views_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

// A field belongs to its form after the row has changed as before, also one in another cell that names the form.
func TestFieldsOfARowBelongToItsForm(t *testing.T) {
	t.Parallel()
	f := views.New(views.Rows{ID: "rows", Prefix: "row-", Row: views.Named(templates(t, `{{define "row"}}<tr id="row-{{.Key}}">`+
		`<td>{{.Title}}<form id="form-{{.Key}}"><input name="in"></form></td><td><input name="far" form="form-{{.Key}}" value="{{.Title}}"></td></tr>{{end}}`), "row")})
	list := func(title string, keys ...string) []byte {
		var l list
		for _, key := range keys {
			l.rows = append(l.rows, ticket{Key: key, Title: title})
		}
		return render(t, f, assigns(l))
	}
	eachClient(t, func(t *testing.T, client views.Client) {
		shown := list("old", "1", "2")
		var s *site
		s = newSite(t, client, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `%s<table><tbody id="rows">%s</tbody></table>%s`, s.head(), f.Inline(shown), client.Connect("live", "/stream"))
		})
		page := browser.Person(t).Open(s.URL)
		page.WaitForStreams(1)
		s.push(t, string(f.Patch(shown, list("new", "3", "2", "1"))))
		page.WaitForText("#row-3 td", "new")
		page.WaitFor("fields in their forms", `[...document.querySelectorAll("#rows input")].length === 6 &&
			[...document.querySelectorAll("#rows input")].every(f => f.form?.id === f.closest("tr").id.replace("row", "form"))`)
	})
}

// What is cleared loses what a person typed, also an element that looks afterwards as it did before, by the author's own markup.
func TestAClearedElementTakesTypedTextToo(t *testing.T) {
	t.Parallel()
	tmpl := templates(t, `{{define "box"}}<form id="box"><input name="q" value="">{{.}}</form>{{end}}`)
	f := views.New(views.Block{ID: "box", Markup: views.Named(tmpl, "box"), Cleared: views.Named(tmpl, "box")})
	shown, cleared := render(t, f, assigns(value{is: "secret"})), render(t, f, assigns(value{status: fragment.Cleared}))
	if want := `<form data-live="cleared" id="box"><input name="q" value=""></form>`; string(f.Inline(cleared)) != want {
		t.Errorf("cleared it is %s, want %s", f.Inline(cleared), want)
	}
	eachClient(t, func(t *testing.T, client views.Client) {
		var s *site
		s = newSite(t, client, func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintf(w, `%s%s%s`, s.head(), f.Inline(shown), client.Connect("live", "/stream"))
		})
		page := browser.Person(t).Open(s.URL)
		page.WaitForStreams(1)
		page.Type("#box input", "half")
		s.push(t, string(f.Patch(shown, cleared)))
		page.WaitFor("an empty field that nobody is in", `document.querySelector("#box[data-live=cleared] input")?.value === "" && document.activeElement === document.body && !document.body.textContent.includes("secret")`)
	})
}

// A radio button stays on while its row moves, whoever switched it on, although for a moment its group is there twice.
func TestRadioButtonsStayOnInARowThatMoves(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		const row = `<tr id="row-{{.Key}}"><td>{{.Title}}<input type="radio" name="of-{{.Key}}" value="a" checked><input type="radio" name="of-{{.Key}}" value="b"></td></tr>`
		rows := []ticket{{Key: "1", Title: "one"}, {Key: "2", Title: "two"}, {Key: "3", Title: "three"}}
		b := rowsPage{around: `<table><tbody id="rows">%s</tbody></table>`, row: row}.open(t, client, rows...)
		b.page.Click("#row-1 [value=b]")
		for n, order := range [][]int{{2, 1, 0}, {1, 2, 0}, {0, 2, 1}} {
			b.show(t, fmt.Sprint("moved", n), rows[order[0]], rows[order[1]], rows[order[2]])
			b.eval(t, fmt.Sprint(order, ": what the person chose"), `document.querySelector("#row-1 [value=b]").checked`)
			b.eval(t, fmt.Sprint(order, ": what the server chose"), `document.querySelector("#row-2 [value=a]").checked && document.querySelector("#row-3 [value=a]").checked`)
		}
	})
}

// The caret stays where it is in a field with the server's value when that changes, and what is not a number or a date yet
// is not taken for the server's empty value.
func TestFieldsThatAreBeingFilledIn(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		const row = `<tr id="row-{{.Key}}"><td><input class="text" value="text {{.Title}}"><textarea>text {{.Title}}</textarea>` +
			`<input class="number" type="number" value="{{if eq .Title "2"}}2{{end}}"><input class="date" type="date" value="{{if eq .Title "3"}}2026-01-02{{end}}"></td></tr>`
		b := rowsPage{around: `<table><tbody id="rows">%s</tbody></table>`, row: row}.open(t, client, ticket{Key: "1", Title: "1"})
		b.page.Type(".number", "-")
		b.show(t, "changed", ticket{Key: "1", Title: "2"})
		b.eval(t, "half a number", `document.activeElement.matches(".number:focus") && document.activeElement.validity.badInput`)
		b.eval(t, "the mark", `document.activeElement.dataset.serverValue === "2"`)
		b.page.Type(".date", "12")
		b.show(t, "changed again", ticket{Key: "1", Title: "3"})
		b.eval(t, "half a date", `document.activeElement.matches(".date:focus") && document.activeElement.validity.badInput`)
		for n, field := range []string{".text", "textarea"} {
			title := fmt.Sprint("three", n)
			b.page.Focus(field)
			b.page.WaitFor("a selection", `document.activeElement.setSelectionRange(1, 3) || true`)
			b.show(t, title, ticket{Key: "1", Title: title})
			b.eval(t, field+": the new value", `document.activeElement.value === "text `+title+`"`)
			b.eval(t, field+": the selection", `document.activeElement.selectionStart === 1 && document.activeElement.selectionEnd === 3`)
		}
	})
}

// What is typed in a row that vanishes stays until focus leaves, also where its last field is not the one with the focus:
// a button had that.
func TestTypedTextOutlivesTheButtonOfItsRow(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		b := openBusy(t, client, ticket{Key: "1", Title: "one"}, ticket{Key: "2", Title: "two"})
		b.page.Type("#row-2 input", "half")
		b.page.WaitFor("focus on the button", `document.querySelector("#row-2 button").focus() || true`)
		b.show(t, "gone", ticket{Key: "1", Title: "one"})
		b.eval(t, "the typed text", `document.activeElement.value.includes("half")`)
		b.page.Focus("#row-1 input")
		b.page.WaitFor("nothing but the other row", `document.querySelectorAll("#rows tr").length === 1 && !document.querySelector(".live-note")`)
	})
}
