package views_test

import (
	"errors"
	"fmt"
	"html/template"

	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

// kind is one sort of rows that a page may hold, with the markup around them.
type kind struct {
	name        string
	open, close string // around the rows; the container has the id "c-" and the name
	row, gone   string // templates of rows; the ids begin with the name and a hyphen
	empty       string
	within      string
}

func (k kind) container() string { return "c-" + k.name }

// kinds are the sorts of rows that the properties are checked on: everything that HTML parses differently, nested ids
// and attributes that htmx treats specially.
func kinds() []kind {
	return []kind{
		{
			name: "table", open: `<table><tbody id="c-table">`, close: `</tbody></table>`,
			row:   `<tr id="{{rowID "table-" .Key}}" data-id="{{.Key}}" class="{{.Title}}"><td class="title">{{.Title}}</td><td><a href="/t/{{.Key}}">{{.Key}}</a></td></tr>`,
			gone:  `<tr id="{{rowID "table-" .}}" class="gone"><td colspan="2">{{.}} is gone</td></tr>`,
			empty: `<tr><td colspan="2">None</td></tr>`,
		},
		{
			name: "list", open: `<ul id="c-list">`, close: `</ul>`,
			row:   "\n  <li id='{{rowID \"list-\" .Key}}'>\n{{.Title}} <input id='in-{{rowID \"\" .Key}}' value='{{.Title}}'> <select><option>a</option><option>b</option></select> <details><summary>more</summary>\r\n{{.Title}}</details><dialog>{{.Title}}</dialog></li>\n",
			gone:  `<li id="{{rowID "list-" .}}">gone</li>`,
			empty: `None`,
		},
		{
			name: "cells", open: `<table><tbody><tr id="c-cells">`, close: `</tr></tbody></table>`,
			row:  `<td id="{{rowID "cells-" .Key}}">{{.Title}}</td>`,
			gone: `<th id="{{rowID "cells-" .}}">gone</th>`,
		},
		{
			name: "sections", open: `<table id="c-sections">`, close: `</table>`,
			row:   `<tbody id="{{rowID "sections-" .Key}}"><tr><th>{{.Title}}</th></tr><tr><td>{{.Key}}</td></tr></tbody>`,
			gone:  `<tbody id="{{rowID "sections-" .}}"></tbody>`,
			empty: `<caption>None</caption>`,
		},
		{
			name: "columns", open: `<table><colgroup id="c-columns">`, close: `</colgroup></table>`,
			row: `<col id="{{rowID "columns-" .Key}}" class="{{.Title}}">`,
		},
		{
			name: "drawing", open: `<svg viewBox="0 0 10 10"><g id="c-drawing">`, close: `</g></svg>`,
			row: `<g id="{{rowID "drawing-" .Key}}"><title>{{.Title}}</title><text x="1">{{.Title}}</text><path d="M0 0"/></g>`,
		},
		{
			name: "anchors", open: `<svg><g id="c-anchors">`, close: `</g></svg>`, within: "svg",
			row:  `<a id="{{rowID "anchors-" .Key}}" href="/x"><circle r="1"/><text>{{.Title}}</text></a>`,
			gone: `<a id="{{rowID "anchors-" .}}"/>`,
		},
		{
			name: "options", open: `<select id="c-options">`, close: `</select>`,
			row: `<option id="{{rowID "options-" .Key}}" value="{{.Key}}">{{.Title}}</option>`,
		},
		{
			name: "cards", open: `<main><div id="c-cards">`, close: `</div></main>`,
			row:  `<article id="{{rowID "cards-" .Key}}" class="{{.Title}}"><p>{{.Title}}</p><table><tbody><tr id="{{rowID "in-cards-" .Key}}"><td>{{.Title}}</td></tr></tbody></table></article>`,
			gone: `<article id="{{rowID "cards-" .}}"><svg><title>gone</title></svg></article>`,
		},
	}
}

func (k kind) fragment() fragment.Fragment {
	fails := func(when string, r ticket) (template.HTML, error) {
		switch {
		case r.Bad != when:
			return "", nil
		case when == "markup":
			return "<script>", nil
		}
		return "", errors.New("it fails")
	}
	tmpl := template.Must(template.New("").Funcs(template.FuncMap{"rowID": views.RowID, "fails": fails}).Parse(fmt.Sprintf(
		`{{define "row"}}{{fails "before" .}}%s{{fails "after" .}}{{fails "markup" .}}{{end}}{{define "gone"}}%s{{end}}{{define "empty"}}%s{{end}}`, k.row, k.gone, k.empty)))
	spec := views.Rows{ID: k.container(), Prefix: k.name + "-", Row: views.Named(tmpl, "row"), Within: k.within}
	if k.gone != "" {
		spec.RowGone = views.Named(tmpl, "gone")
	}
	if k.empty != "" {
		spec.Empty = views.Named(tmpl, "empty")
	}
	return views.New(spec)
}

// page is the markup of the kind with these rows in it.
func (k kind) page(inline []byte) string { return k.open + string(inline) + k.close }

// keys and titles are what rows are drawn from: few, so that rows stay, move and come back, and nasty.
var (
	keys = []string{
		"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "a b", "ü", "a_x20b", "_x", "é.#:>,+~", "", "A", "a",
		"-", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "12345678901234567890",
	}
	titles = []string{
		"open", "closed", "a very long title that makes a patch of many rows longer than all of it", "",
		`<script>throw 1</script>`, `"quoted" & 'single' <b>`, `</td></tr></table></svg>`, "two\nlines\r\nand\rmore",
		`<div id="c-table" hx-swap-oob="delete"></div>`, `<hx-partial>`, `<head>x</head><title>t</title>`, "日本語 🎉",
		` hx-swap-oob="true" `, `data: x`, "{{.}}", "\x00", "<!--", "&#13;&lt;",
	}
)

// drawRows draws a list without repeated keys; now and then one like before with a few rows changed, as lists do.
func drawRows(t *rapid.T, before []ticket, label string) []ticket {
	row := func(key string) ticket {
		return ticket{
			Key:   key,
			Title: rapid.SampledFrom(titles).Draw(t, "title"),
			Gone:  rapid.IntRange(0, 7).Draw(t, "gone") == 0,
			Bad:   rapid.SampledFrom([]string{"", "", "", "", "", "", "before", "after", "markup"}).Draw(t, "bad"),
		}
	}
	if before == nil || rapid.IntRange(0, 3).Draw(t, "fresh") == 0 {
		n := rapid.IntRange(0, len(keys)).Draw(t, label)
		var rows []ticket
		for _, key := range rapid.Permutation(keys).Draw(t, "keys")[:n] {
			rows = append(rows, row(key))
		}
		return rows
	}
	rows := append([]ticket(nil), before...)
	for range rapid.IntRange(0, 4).Draw(t, "edits") {
		rows = edit(t, rows, row)
	}
	return rows
}

// edit changes, removes, inserts or moves one row.
func edit(t *rapid.T, rows []ticket, row func(key string) ticket) []ticket {
	shown := map[string]bool{}
	for _, r := range rows {
		shown[r.Key] = true
	}
	at := rapid.IntRange(0, len(rows)).Draw(t, "at")
	what := rapid.SampledFrom([]string{"change", "remove", "insert", "move"}).Draw(t, "edit")
	if what == "insert" || at == len(rows) {
		key := rapid.SampledFrom(keys).Draw(t, "key")
		if shown[key] {
			return rows
		}
		return append(rows[:at:at], append([]ticket{row(key)}, rows[at:]...)...)
	}
	r := rows[at]
	if what == "change" {
		rows[at] = row(r.Key)
		return rows
	}
	rows = append(rows[:at:at], rows[at+1:]...)
	if what == "move" {
		to := rapid.IntRange(0, len(rows)).Draw(t, "to")
		rows = append(rows[:to:to], append([]ticket{r}, rows[to:]...)...)
	}
	return rows
}
