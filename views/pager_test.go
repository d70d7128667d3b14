package views_test

import (
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/paging"
	"github.com/htmxlive/htmxlive/views"
)

// linked is a page with these links and no more.
type linked struct{ links paging.Links }

func (l linked) Links() paging.Links { return l.links }

func TestPager(t *testing.T) {
	f := views.New(views.Pager{ID: "pages", Label: `Pages of "tickets"`, Prev: "Back"})
	a := func(id, rel, url, text string) string {
		url = strings.ReplaceAll(url, "&", "&amp;")
		return `<a id="pages-` + id + `" rel="` + rel + `" href="` + url + `" hx-get="` + url +
			`" hx-target="#main" hx-swap="none" hx-push-url="true" hx-sync="#main:replace" hx-headers='{"HX-Live":"page"}'>` + text + `</a>`
	}
	number := func(url, text, current string) string {
		return `<a id="pages-page-` + text + `" aria-label="Page ` + text + `"` + current + ` href="` + url + `" hx-get="` + url + `" hx-target="#main" hx-swap="none" hx-push-url="true" hx-sync="#main:replace" hx-headers='{"HX-Live":"page"}'>` + text + `</a>`
	}
	const open = `<nav id="pages" class="pager" aria-label="Pages of &#34;tickets&#34;">`
	for _, tt := range []struct {
		name  string
		links paging.Links
		want  string
	}{
		{
			"a list of one page",
			paging.Links{},
			`<span id="pages-first" tabindex="-1">First</span><span id="pages-prev" tabindex="-1">Back</span>` +
				`<span id="pages-next" tabindex="-1">Next</span><span id="pages-last" tabindex="-1">Last</span>`,
		},
		{
			"in the middle",
			paging.Links{
				First: &paging.Link{URL: "/t"}, Prev: &paging.Link{URL: "/t?a=1&b=2"},
				Next: &paging.Link{URL: "/t?offset=30"}, Last: &paging.Link{},
				Numbers: []paging.Link{{Number: 1, URL: "/t"}, {Gap: true}, {Number: 4, URL: "/t?offset=20", Current: true}, {Number: 5}},
			},
			a("first", "first", "/t", "First") + a("prev", "prev", "/t?a=1&b=2", "Back") +
				number("/t", "1", "") + `<span aria-hidden="true">…</span>` + number("/t?offset=20", "4", ` aria-current="page"`) +
				`<span id="pages-page-5" tabindex="-1">5</span>` +
				a("next", "next", "/t?offset=30", "Next") + `<span id="pages-last" tabindex="-1">Last</span>`,
		},
		{
			"deeper than an offset may go",
			paging.Links{TooDeep: true},
			`<span id="pages-first" tabindex="-1">First</span><span id="pages-prev" tabindex="-1">Back</span>` +
				`<span id="pages-next" tabindex="-1">Next</span><span id="pages-last" tabindex="-1">Last</span>` +
				`<span>More rows follow. Narrow the list to see them.</span>`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rendered := render(t, f, assigns(value{is: linked{tt.links}}))
			if got, want := string(f.Inline(rendered)), open+tt.want+`</nav>`; got != want {
				t.Errorf("the nav is\n%s\nwant\n%s", got, want)
			}
		})
	}
	for _, status := range []string{"loading", "gone", "cleared"} {
		got := string(f.Inline(render(t, f, assigns(value{status: fragment.Status(status)}))))
		if want := `<nav id="pages" data-live="` + status + `"></nav>`; got != want {
			t.Errorf("%s: the nav is %s, want %s", status, got, want)
		}
	}
}

// An author's markup writes links with the same attributes.
func TestPagerMarkup(t *testing.T) {
	tmpl := templates(t, `{{define "nav"}}<nav id="pages">{{with .Next}}<a {{$.Attrs .URL}} rel="next">more</a>{{end}} {{.Total}}</nav>{{end}}`)
	f := views.New(views.Pager{ID: "pages", Markup: views.Named(tmpl, "nav"), Main: "#list"})
	links := paging.Links{Next: &paging.Link{URL: `/t?q="><script>&n=1`}, Total: paging.Exact(1234)}
	got := string(f.Inline(render(t, f, assigns(value{is: linked{links}}))))
	want := `<nav id="pages"><a href="/t?q=&#34;&gt;&lt;script&gt;&amp;n=1" hx-get="/t?q=&#34;&gt;&lt;script&gt;&amp;n=1" ` +
		`hx-target="#list" hx-swap="none" hx-push-url="true" hx-sync="#list:replace" hx-headers='{"HX-Live":"page"}' rel="next">more</a> 1,234</nav>`
	if got != want {
		t.Errorf("the nav is\n%s\nwant\n%s", got, want)
	}
}

func TestPageForm(t *testing.T) {
	want := `method="get" action="/t?a=1&amp;b=2" hx-get="/t?a=1&amp;b=2" hx-target="#list" hx-swap="none" hx-push-url="true" ` +
		`hx-sync="#list:replace" hx-headers='{"HX-Live":"page"}'`
	if got := string(views.PageForm("/t?a=1&b=2", "#list")); got != want {
		t.Errorf("the attributes are\n%s\nwant\n%s", got, want)
	}
}

func TestPill(t *testing.T) {
	f := views.New(views.Pill{ID: "new"})
	for pending, want := range map[int]string{
		0:  `<a id="new" class="pill" hidden></a>`,
		12: `<a id="new" class="pill" href="" hx-get="" hx-target="#main" hx-swap="none" hx-sync="#main:replace" hx-headers='{"HX-Live":"page"}'>12 new</a>`,
	} {
		if got := string(f.Inline(render(t, f, assigns(list{pending: pending})))); got != want {
			t.Errorf("with %d pending the pill is\n%s\nwant\n%s", pending, got, want)
		}
	}
	loading := string(f.Inline(render(t, f, assigns(list{value: value{status: "loading"}, pending: 3}))))
	if want := `<a id="new" class="pill" hidden></a>`; loading != want {
		t.Errorf("while loading the pill is %s, want %s", loading, want)
	}
	tmpl := templates(t, `{{define "pill"}}<p id="new">{{if .Pending}}<a href="{{.URL}}">{{.Pending}}</a>{{end}}</p>{{end}}`)
	f = views.New(views.Pill{ID: "new", Markup: views.Named(tmpl, "pill")})
	if got, want := string(f.Inline(render(t, f, assigns(list{pending: 3})))), `<p id="new"><a href="">3</a></p>`; got != want {
		t.Errorf("the author's pill is %s, want %s", got, want)
	}
}
