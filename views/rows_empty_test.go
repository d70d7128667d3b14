package views_test

import (
	"fmt"
	"html/template"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxlive/htmxlive/internal/htmldom"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

// What stands in a list instead of rows stands where the rows will, and goes when they come, whatever the author wrote.
func TestWhatStandsInsteadOfRowsStandsAmongThem(t *testing.T) {
	for name, c := range map[string]struct {
		open, row, close string
		empty, want      string
	}{
		"a paragraph in a table": {
			`<table><tbody id="x">`, `<tr id="x-{{.}}"><td>1</td>{{if .}}<td>2</td>{{else}}<td>3</td>{{end}}<td colspan=2></td></tr>`, `</tbody></table>`,
			`<p>None</p>`, `<tr><td colspan="4"><p>None</p></td></tr>`,
		},
		"a row":                  {`<table><tbody id="x">`, `<tr id="x-{{.}}"><td></td></tr>`, `</tbody></table>`, "\n<tr><td>None</td></tr>\n<!-- c -->", "<tr><td>None</td></tr>\n<!-- c -->"},
		"text in a table":        {`<table><tbody id="x">`, `<tr id="x-{{.}}"><td></td></tr>`, `</tbody></table>`, `None`, `<tr><td>None</td></tr>`},
		"a form in a table":      {`<table><tbody id="x">`, `<tr id="x-{{.}}"><td></td></tr>`, `</tbody></table>`, `<form><input></form>`, `<tr><td><form><input></form></td></tr>`},
		"text in a row":          {`<table><tbody><tr id="x">`, `<td id="x-{{.}}"></td>`, `</tr></tbody></table>`, `None`, `<td>None</td>`},
		"text among sections":    {`<table id="x">`, `<tbody id="x-{{.}}"><tr><td></td><td></td></tr></tbody>`, `</table>`, `None`, `<tbody><tr><td colspan="2">None</td></tr></tbody>`},
		"a row among sections":   {`<table id="x">`, `<tbody id="x-{{.}}"><tr><td></td></tr></tbody>`, `</table>`, `<tr><td>None</td></tr>`, `<tr><td>None</td></tr>`},
		"a caption":              {`<table id="x">`, `<tbody id="x-{{.}}"><tr><td></td></tr></tbody>`, `</table>`, `<caption>None</caption>`, `<caption>None</caption>`},
		"a paragraph in a list":  {`<ul id="x">`, `<li id="x-{{.}}"></li>`, `</ul>`, `<p>None</p>`, `<p>None</p>`},
		"a paragraph of options": {`<select id="x">`, `<option id="x-{{.}}"></option>`, `</select>`, `<p>None <b>&amp;</b> nothing</p>`, `<option disabled>None &amp; nothing</option>`},
		"an option":              {`<select id="x">`, `<option id="x-{{.}}"></option>`, `</select>`, `<option>None</option>`, `<option>None</option>`},
		"a paragraph in a drawing": {
			`<svg><g id="x">`, `<g id="x-{{.}}"></g>`, `</g></svg>`,
			`<p>None</p>`, `<foreignObject width="100%" height="100%"><p>None</p></foreignObject>`,
		},
		"a text in a drawing": {`<svg><g id="x">`, `<g id="x-{{.}}"></g>`, `</g></svg>`, `<text>None</text>`, `<text>None</text>`},
	} {
		t.Run(name, func(t *testing.T) {
			tmpl := template.Must(template.New("").Parse(`{{define "row"}}` + c.row + `{{end}}`))
			markup := views.Fixed(templ.Raw(c.empty))
			f := views.New(views.Rows{ID: "x", Row: views.Named(tmpl, "row"), Empty: markup, Loading: markup, Gone: markup, Cleared: markup})
			rows := render(t, f, fragment.Assigns{"x": {Status: fragment.Ready, IsList: true, Rows: []fragment.Row{{Key: "1", Value: "1"}}}})
			for _, status := range []fragment.Status{fragment.Ready, fragment.Loading, fragment.Gone, fragment.Cleared} {
				empty := render(t, f, fragment.Assigns{"x": {Status: status, IsList: true}})
				if got := string(f.Inline(empty)); got != c.want {
					t.Errorf("%s shows %s, want %s", status, got, c.want)
				}
				page := func(inline []byte) string { return c.open + string(inline) + c.close }
				for _, change := range []struct{ from, to []byte }{{empty, rows}, {rows, empty}} {
					is, want := parse(t, page(f.Inline(change.from))), parse(t, page(f.Inline(change.to)))
					is.apply(t, f.Patch(change.from, change.to), htmldom.Before)
					if is.HTML() != want.HTML() {
						t.Errorf("%s: after the patch the page is\n%s\nwant\n%s", status, is.HTML(), want.HTML())
					}
					if n := strings.Count(is.HTML(), "None") + strings.Count(is.HTML(), "<form>"); (n > 0) == strings.Contains(is.HTML(), "x-1") {
						t.Errorf("%s: the page is %s", status, is.HTML())
					}
				}
			}
		})
	}
}

// What cannot stand there even in a row is an error with a sentence.
func TestWhatCannotStandInsteadOfRowsIsAnError(t *testing.T) {
	tmpl := template.Must(template.New("").Parse(`{{define "tr"}}<tr id="x-{{.}}"></tr>{{end}}{{define "col"}}<col id="x-{{.}}">{{end}}{{define "g"}}<g id="x-{{.}}"></g>{{end}}`))
	for row, empty := range map[string]string{"tr": `<tr></tr><p>None</p>`, "col": `None`, "g": `</svg><p>`} {
		f := views.New(views.Rows{ID: "x", Row: views.Named(tmpl, row), Empty: views.Fixed(templ.Raw(empty))})
		_, err := f.Render(t.Context(), fragment.Assigns{"x": {Status: fragment.Ready, IsList: true}})
		if want := fmt.Sprintf("cannot stand where its rows do, which begin with <%s>", row); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s among <%s>: %v", empty, row, err)
		}
	}
}
