package views_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/views"
)

// pageTitle is the title of a page as a fragment.
func pageTitle(t *testing.T) fragment.Fragment {
	t.Helper()
	tmpl := templates(t, `{{define "title"}}<title id="page-title">({{.}}) Tickets</title>{{end}}`)
	return views.New(views.Block{ID: "page-title", Markup: views.Named(tmpl, "title")})
}

// Htmx takes a title out of a message, unless it stands in a drawing: so it travels in one, as the HTML element that it is.
func TestATitleTravelsInADrawing(t *testing.T) {
	f := pageTitle(t)
	was, now := render(t, f, assigns(value{is: 2})), render(t, f, assigns(value{is: "</title><b>"}))
	if got, want := string(f.Patch(was, now)), `<svg><desc><title hx-swap-oob="true" id="page-title">(&lt;/title&gt;&lt;b&gt;) Tickets</title></desc></svg>`; got != want {
		t.Errorf("the patch is %s, want %s", got, want)
	}
	loading := render(t, f, assigns(value{status: fragment.Loading}))
	if got, want := string(f.Inline(loading)), `<title id="page-title" data-live="loading"></title>`; got != want {
		t.Errorf("while it loads it is %s, want %s", got, want)
	}
	page := parse(t, "<title id=page-title>x</title>")
	page.apply(t, f.Patch(nil, now), true)
	if !strings.Contains(page.HTML(), "&lt;/title&gt;&lt;b&gt;) Tickets</title>") {
		t.Errorf("the page is %s", page.HTML())
	}
	rows := views.New(views.Rows{ID: "x", Row: rowMarkup})
	if _, err := renderRow(t, rows, `<title id="x-1">1</title>`); err == nil || !strings.Contains(err.Error(), "make it a Block") {
		t.Errorf("the error of a row is %v", err)
	}
}

// The title of the page follows the data in every client, with the script and without it.
func TestTheTitleIsLiveInBrowsers(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		for _, bare := range []bool{false, true} {
			f := pageTitle(t)
			shown := render(t, f, assigns(value{is: 1}))
			s := newSite(t, client, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("HX-Live") == "page" {
					fmt.Fprintf(w, "%s%s", f.Patch(nil, render(t, f, assigns(value{is: "other"}))), client.Reconnect("live", "/stream?2"))
					return
				}
				scripts := client.Scripts(views.Scripts{Base: "/assets/", Nonce: "n0nce", Bare: bare})
				fmt.Fprintf(w, `<!doctype html><html lang="en"><head>%s%s</head><body><main id="main"></main><output id="marker"></output><a id="other" %s>other</a>%s`,
					f.Inline(shown), scripts, views.PageLink("/other", ""), client.Connect("live", "/stream"))
			})
			page := browser.Person(t).Open(s.URL)
			page.WaitForStreams(1)
			title := func(want string) {
				t.Helper()
				page.WaitFor("the title "+want, fmt.Sprintf(`document.title === %q && document.querySelectorAll("title").length === 1 && document.querySelector("head > title#page-title").namespaceURI.endsWith("xhtml")`, want))
			}
			title("(1) Tickets")
			for _, n := range []any{2, `<b> & "3"`} {
				now := render(t, f, assigns(value{is: n}))
				s.push(t, string(f.Patch(shown, now))+fmt.Sprintf(`<output id="marker" hx-swap-oob="true">%d</output>`, len(now)))
				shown = now
				page.WaitForText("#marker", fmt.Sprint(len(now)))
				title(fmt.Sprintf("(%v) Tickets", n))
			}
			page.Click("#other")
			title("(other) Tickets")
			if browsertest.Eval[int](page, `document.querySelectorAll("svg").length`) != 0 {
				t.Error("what the title travelled in is on the page")
			}
		}
	})
}
