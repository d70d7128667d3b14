package views_test

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

// failures hears of rows that fail, and says what may be said of them.
type failures struct {
	heard []string
	text  string
}

func (f *failures) RowFailed(_ context.Context, fragmentID, key string, err error) string {
	f.heard = append(f.heard, fmt.Sprintf("%s %s: %v", fragmentID, key, err))
	return f.text
}

// renderFailing renders rows of these values, with the keys 1, 2 and so on.
func renderFailing(t *testing.T, f fragment.Fragment, to *failures, values ...any) (string, error) {
	t.Helper()
	a := fragment.Assign{Status: fragment.Ready, IsList: true}
	for i, v := range values {
		a.Rows = append(a.Rows, fragment.Row{Key: fmt.Sprint(i + 1), Value: v})
	}
	b, err := f.Render(fragment.WithFailures(t.Context(), to), fragment.Assigns{"x": a})
	if err != nil {
		return "", err
	}
	return string(f.Inline(b)), nil
}

// A placeholder is an element like the rows beside it, whatever those are, and says so in a place where that is seen.
func TestAPlaceholderIsARowLikeTheOthers(t *testing.T) {
	const text = "This entry cannot be shown."
	for good, want := range map[string]string{
		`<tr id="x-1"><td>1</td><td colspan="2">2</td></tr>`:  `<tr id="x-2" data-live="failed"><td colspan="3">` + text + `</td></tr>`,
		`<tr id="x-1"><th>1</th></tr>`:                        `<tr id="x-2" data-live="failed"><td>` + text + `</td></tr>`,
		`<tbody id="x-1"><tr><td>1</td><td>2</td></tbody>`:    `<tbody id="x-2" data-live="failed"><tr><td colspan="2">` + text + `</td></tr></tbody>`,
		`<td id="x-1">1</td>`:                                 `<td id="x-2" data-live="failed">` + text + `</td>`,
		`<col id="x-1">`:                                      `<col id="x-2" data-live="failed" title="` + text + `">`,
		`<li id="x-1">1</li>`:                                 `<li id="x-2" data-live="failed">` + text + `</li>`,
		`<dt id="x-1">1</dt>`:                                 `<dt id="x-2" data-live="failed">` + text + `</dt>`,
		`<option id="x-1">1</option>`:                         `<option id="x-2" data-live="failed" disabled>` + text + `</option>`,
		`<optgroup id="x-1" label="1"></optgroup>`:            `<optgroup id="x-2" data-live="failed" disabled label="` + text + `"></optgroup>`,
		`<ul id="x-1"><li>1</li></ul>`:                        `<ul id="x-2" data-live="failed"><li>` + text + `</li></ul>`,
		`<details id="x-1"><summary>1</summary>2</details>`:   `<details id="x-2" data-live="failed"><summary>` + text + `</summary></details>`,
		`<table id="x-1"><tbody><tr><td>1</td></tr></table>`:  `<table id="x-2" data-live="failed"><tbody><tr><td>` + text + `</td></tr></tbody></table>`,
		`<img id="x-1">`:                                      `<img id="x-2" data-live="failed" title="` + text + `">`,
		`<g id="x-1"><path d="M0 0"/></g>`:                    `<g id="x-2" data-live="failed"><title>` + text + `</title></g>`,
		`<text id="x-1">1</text>`:                             `<text id="x-2" data-live="failed">` + text + `</text>`,
		`<foreignObject id="x-1"><p>1</p></foreignObject>`:    `<foreignObject id="x-2" data-live="failed">` + text + `</foreignObject>`,
		`<my-ticket id="x-1">1</my-ticket>`:                   `<my-ticket id="x-2" data-live="failed">` + text + `</my-ticket>`,
		`<article id="x-1"><table><tr><td></table></article>`: `<article id="x-2" data-live="failed">` + text + `</article>`,
	} {
		for _, bad := range []string{`nothing`, strings.Replace(good, "x-1", "x-3", 1), `<script id="x-2">`} {
			heard := &failures{}
			got, err := renderFailing(t, rowOf(), heard, good, bad)
			if strings.TrimPrefix(got, good) != want || err != nil {
				t.Errorf("beside %s, %s becomes\n%s, %v, want\n%s", good, bad, strings.TrimPrefix(got, good), err, want)
			}
			if len(heard.heard) != 1 || !strings.HasPrefix(heard.heard[0], "x 2: ") {
				t.Errorf("heard of %q", heard.heard)
			}
		}
	}
}

// Where no row can be rendered, the markup says which element they are, or what they had begun with.
func TestPlaceholdersWithoutARowThatIsGood(t *testing.T) {
	broken := errors.New("broken")
	fails := func(begins string) views.Markup {
		return func(any) views.Component {
			return views.ComponentFunc(func(_ context.Context, w io.Writer) error {
				return errors.Join(broken, second(io.WriteString(w, begins)))
			})
		}
	}
	tmpl := template.Must(template.New("").Parse(`{{define "row"}}{{if .}}{{template "tr" .}}{{else}}<li></li>{{end}}{{end}}
		{{define "tr"}} <tr id="{{.ID}}">{{range .Tags}}<td>{{.}}</td>{{end}}<td></td></tr>{{end}}`))
	for name, c := range map[string]struct {
		row  views.Markup
		want string
	}{
		"a template":          {views.Named(tmpl, "row"), `<tr id="x-1" data-live="failed"><td colspan="2">This entry cannot be shown.</td></tr>`},
		"what it begins with": {fails(`<li id="x`), `<li id="x-1" data-live="failed">This entry cannot be shown.</li>`},
		"a component": {
			views.Typed(func(s string) templ.Component { return templ.Raw(`<dd id="` + s + `">`) }),
			`<dd id="x-1" data-live="failed">This entry cannot be shown.</dd>`,
		},
		"nothing":               {fails(""), ""},
		"a panic at once":       {func(any) views.Component { panic("at once") }, ""},
		"what may be no row":    {fails(`<script>`), ""},
		"what is no tag at all": {fails(`text`), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := renderFailing(t, views.New(views.Rows{ID: "x", Row: c.row}), &failures{}, 7)
			if got != c.want || (err == nil) != (c.want != "") {
				t.Errorf("shows %s, %v, want %s", got, err, c.want)
			}
		})
	}
}

func second(_ int, err error) error { return err }

// What is said of an error is text, and short; without it the author's own markup says it.
func TestPlaceholdersSayWhatTheyMay(t *testing.T) {
	own := views.Rows{ID: "x", Row: rowMarkup, RowFailed: func(key any) views.Component { return templ.Raw(fmt.Sprintf(`<li id="x-%s">Broken</li>`, key)) }}
	bad := own
	bad.RowFailed = func(any) views.Component { return templ.Raw(`<li id="y">`) }
	long := strings.Repeat("é", 1000)
	for _, c := range []struct {
		rows views.Rows
		why  string
		want string
	}{
		{own, "", `<li data-live="failed" id="x-1">Broken</li>`},
		{own, `<b> & "x"`, `<li id="x-1" data-live="failed">This entry cannot be shown: &lt;b&gt; &amp; &#34;x&#34;</li>`},
		{own, "a" + long, `<li id="x-1" data-live="failed">This entry cannot be shown: a` + long[:498] + `</li>`},
		{own, "\x00", "<li id=\"x-1\" data-live=\"failed\">This entry cannot be shown: \uFFFD</li>"},
		{bad, "", `<li id="x-1" data-live="failed">This entry cannot be shown.</li>`},
	} {
		got, err := renderFailing(t, views.New(c.rows), &failures{text: c.why}, "nothing", `<li id="x-2"></li>`)
		if got != c.want+`<li id="x-2"></li>` || err != nil {
			t.Errorf("shows %s, %v, want %s", got, err, c.want)
		}
	}
}

// The rows that differ from most are the bad ones, wherever they stand.
func TestMostRowsAreRight(t *testing.T) {
	heard := &failures{}
	got, err := renderFailing(t, rowOf(), heard, `<li id="x-1"></li>`, `<tr id="x-2"><td></td></tr>`, `<tr id="x-3"><td></td></tr>`)
	want := `<tr id="x-1" data-live="failed"><td>This entry cannot be shown.</td></tr><tr id="x-2"><td></td></tr><tr id="x-3"><td></td></tr>`
	if got != want || err != nil || !slices.Equal(heard.heard, []string{"x 1: views: the tag of #x-1 cannot stand beside those of the other rows"}) {
		t.Errorf("shows %s, %v, heard of %q", got, err, heard.heard)
	}
}

// A context that has ended is no fault of a row.
func TestNoPlaceholderWhenTimeIsUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	a := fragment.Assigns{"x": {Status: fragment.Ready, IsList: true, Rows: []fragment.Row{{Key: "1", Value: "nothing"}}}}
	if b, err := rowOf().Render(fragment.WithFailures(ctx, &failures{}), a); err == nil {
		t.Errorf("rendered %q", b)
	}
}
