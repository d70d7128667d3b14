package views_test

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

func TestBlock(t *testing.T) {
	tmpl := templates(t, `
		{{define "count"}}  <b id="count" class="n">{{.}}</b>
		{{end}}
		{{define "both"}}<p id="count">{{.tickets}} of {{.all}}</p>{{end}}
		{{define "wait"}}<b id="count">…</b>{{end}}
		{{define "cell"}}<td id="count">{{.}}</td>{{end}}
		{{define "bar"}}<rect id="count" width="{{.}}"/>{{end}}
		{{define "link"}}<a id="count" href="/x"><text>{{.}}</text></a>{{end}}`)
	tests := []struct {
		name    string
		block   views.Block
		assigns fragment.Assigns
		inline  string
		patch   string // of the whole
	}{
		{
			"one assign is the dot",
			views.Block{ID: "count", Markup: views.Named(tmpl, "count")},
			assigns(value{is: "<7>"}),
			`<b id="count" class="n">&lt;7&gt;</b>`,
			`<b hx-swap-oob="true" id="count" class="n">&lt;7&gt;</b>`,
		},
		{
			"several assigns are a map",
			views.Block{ID: "count", Markup: views.Named(tmpl, "both")},
			fragment.Assigns{"tickets": value{is: 3}.assign(), "all": value{is: 9}.assign()},
			`<p id="count">3 of 9</p>`,
			`<p hx-swap-oob="true" id="count">3 of 9</p>`,
		},
		{
			"one that is loading makes all of it load",
			views.Block{ID: "count", Markup: views.Named(tmpl, "both"), Loading: views.Named(tmpl, "wait")},
			fragment.Assigns{"tickets": value{is: 3}.assign(), "all": value{status: "loading"}.assign()},
			`<b id="count">…</b>`,
			`<b hx-swap-oob="true" id="count">…</b>`,
		},
		{
			"cleared is worse than gone is worse than loading",
			views.Block{ID: "count", Markup: views.Named(tmpl, "both"), Tag: "p"},
			fragment.Assigns{"tickets": value{status: "gone"}.assign(), "all": value{status: "cleared"}.assign(), "x": value{status: "loading"}.assign()},
			`<p id="count" data-live="cleared"></p>`,
			`<p hx-swap-oob="true" id="count" data-live="cleared"></p>`,
		},
		{
			"a table part travels in a table",
			views.Block{ID: "count", Markup: views.Named(tmpl, "cell")},
			assigns(value{is: 1}),
			`<td id="count">1</td>`,
			`<table><td hx-swap-oob="true" id="count">1</td></table>`,
		},
		{
			"a part of a drawing travels in a drawing",
			views.Block{ID: "count", Markup: views.Named(tmpl, "bar")},
			assigns(value{is: 1}),
			`<rect id="count" width="1"/>`,
			`<svg><rect hx-swap-oob="true" id="count" width="1"/></svg>`,
		},
		{
			"and one with a tag that HTML has, too, when Within says so",
			views.Block{ID: "count", Markup: views.Named(tmpl, "link"), Within: "svg"},
			assigns(value{is: 1}),
			`<a id="count" href="/x"><text>1</text></a>`,
			`<svg><a hx-swap-oob="true" id="count" href="/x"><text>1</text></a></svg>`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := views.New(tt.block)
			rendered := render(t, f, tt.assigns)
			if got := string(f.Inline(rendered)); got != tt.inline {
				t.Errorf("in the page it is\n%s\nwant\n%s", got, tt.inline)
			}
			if got := string(f.Patch(nil, rendered)); got != tt.patch {
				t.Errorf("as a whole it is\n%s\nwant\n%s", got, tt.patch)
			}
			if got := f.Patch(rendered, rendered); len(got) > 0 {
				t.Errorf("nothing changed, and %s would be sent", got)
			}
			compact := f.(fragment.Compacter).Compact(rendered)
			if got := f.Patch(compact, rendered); len(got) > 0 || len(compact) > 9 {
				t.Errorf("nothing changed since %x, and %s would be sent", compact, got)
			}
		})
	}
}

func TestAssignsThatDoNotFitAreErrors(t *testing.T) {
	tmpl := templates(t, `{{define "x"}}<b id="x">{{.}}</b>{{end}}`)
	block := views.New(views.Block{ID: "x", Markup: views.Named(tmpl, "x")})
	rows := views.New(views.Rows{ID: "x", Row: views.Named(tmpl, "x")})
	named := views.New(views.Rows{ID: "x", Row: views.Named(tmpl, "x"), Assign: "y"})
	pager := views.New(views.Pager{ID: "x"})
	pill := views.New(views.Pill{ID: "x"})
	for want, try := range map[string]func() error{
		"no assigns":         func() error { _, err := block.Render(t.Context(), nil); return err },
		"not a list or page": func() error { _, err := rows.Render(t.Context(), assigns(value{})); return err },
		"set Assign": func() error {
			_, err := rows.Render(t.Context(), fragment.Assigns{"a": list{}.assign(), "b": list{}.assign()})
			return err
		},
		`no assign "y"`:                        func() error { _, err := named.Render(t.Context(), assigns(list{})); return err },
		"which is not a page":                  func() error { _, err := pager.Render(t.Context(), assigns(list{})); return err },
		"was given a int, which is not a list": func() error { _, err := pill.Render(t.Context(), assigns(value{is: 1})); return err },
	} {
		if err := try(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one with %q", err, want)
		}
	}
}

func TestWiringMistakesPanic(t *testing.T) {
	tmpl := templates(t, `{{define "x"}}<b id="x"></b>{{end}}`)
	x := views.Named(tmpl, "x")
	wantPanic(t, `no template "y"`, func() { views.Named(tmpl, "y") })
	wantPanic(t, "the template is nil", func() { views.Named(nil, "y") })
	wantPanic(t, "the function is nil", func() { views.Typed[int, templ.Component](nil) })
	wantPanic(t, `the id "a b"`, func() { views.New(views.Block{ID: "a b", Markup: x}) })
	wantPanic(t, `the id "1"`, func() { views.New(views.Block{ID: "1", Markup: x}) })
	wantPanic(t, `the id ""`, func() { views.New(views.Rows{Row: x}) })
	wantPanic(t, `the id "#x"`, func() { views.New(views.Pager{ID: "#x"}) })
	wantPanic(t, `the id "ü"`, func() { views.New(views.Pill{ID: "ü"}) })
	wantPanic(t, "has no Markup", func() { views.New(views.Block{ID: "x"}) })
	wantPanic(t, "no Row markup", func() { views.New(views.Rows{ID: "x"}) })
	wantPanic(t, `the id "9-"`, func() { views.New(views.Rows{ID: "x", Row: x, Prefix: "9-"}) })
	wantPanic(t, `"table"`, func() { views.New(views.Block{ID: "x", Markup: x, Within: "table"}) })
	wantPanic(t, "the name of a tag", func() { views.New(views.Block{ID: "x", Markup: x, Tag: "b class"}) })
}

// A templ component is a component, and its function is markup.
func TestTemplComponentsFit(t *testing.T) {
	row := func(t ticket) templ.Component {
		return templ.Raw(`<li id="row-` + t.Key + `">` + templ.EscapeString(t.Title) + `</li>`)
	}
	gone := func(key string) templ.Component { return templ.Raw(`<li id="row-` + key + `">gone</li>`) }
	f := views.New(views.Rows{
		ID: "rows", Prefix: "row-", Row: views.Typed(row), RowGone: views.Typed(gone),
		Loading: views.Typed(func(n int) templ.Component { return templ.Raw(strings.Repeat("…", n+1)) }),
	})
	rendered := render(t, f, assigns(list{rows: []ticket{{Key: "1", Title: "a & b"}, {Key: "2", Gone: true}}}))
	if got, want := string(f.Inline(rendered)), `<li id="row-1">a &amp; b</li><li id="row-2">gone</li>`; got != want {
		t.Errorf("the rows are %s, want %s", got, want)
	}
	rendered = render(t, f, assigns(list{value: value{status: "loading"}}))
	if got, want := string(f.Inline(rendered)), `…`; got != want {
		t.Errorf("while loading it is %s, want %s", got, want)
	}
}
