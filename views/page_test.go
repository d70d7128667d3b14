package views_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/paging"
	"github.com/htmxlive/htmxlive/views"
)

// archive is a page of a list of numbers, ten a page, that answers htmx as the middleware does: the fragments and the
// connect element of the new state, all out of band.
type archive struct {
	client           views.Client
	rows, pages, new fragment.Fragment
	pending          int
}

// numbered is an assign of a page of numbers.
type numbered struct {
	list
	page paging.Page[int]
}

func (n numbered) assign() fragment.Assign {
	a := n.list.assign()
	a.Value = n.page
	return a
}

func newArchive(t *testing.T, client views.Client) (*archive, *site) {
	t.Helper()
	tmpl := templates(t, `{{define "row"}}<li id="n-{{.Key}}">{{.Title}}</li>{{end}}`)
	a := &archive{
		client: client,
		rows:   views.New(views.Rows{ID: "numbers", Prefix: "n-", Row: views.Named(tmpl, "row")}),
		pages:  views.New(views.Pager{ID: "pages"}),
		new:    views.New(views.Pill{ID: "new"}),
	}
	var s *site
	s = newSite(t, client, func(w http.ResponseWriter, r *http.Request) {
		assigns, err := a.assigns(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		rows, pages, pill := render(t, a.rows, assigns), render(t, a.pages, assigns), render(t, a.new, assigns)
		connect := "/stream?" + r.URL.RawQuery
		if r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-History-Restore-Request") == "" {
			fmt.Fprintf(w, "%s%s%s%s", a.rows.Patch(nil, rows), a.pages.Patch(nil, pages), a.new.Patch(nil, pill),
				client.Reconnect("live", connect))
			return
		}
		fmt.Fprintf(w, `%s<main id="main"><p id="live-status" data-state="reconnecting"></p><ul id="numbers">%s</ul>%s%s<p id="side">0</p></main>%s`,
			s.head(), a.rows.Inline(rows), a.pages.Inline(pages), a.new.Inline(pill), client.Connect("live", connect))
	})
	return a, s
}

func (a *archive) assigns(r *http.Request) (fragment.Assigns, error) {
	config := paging.Config{
		Mode: paging.Offset, Limit: 10, Count: paging.CountAlways,
		Sorts: []paging.Sort{{Name: "n", Keys: []paging.Key{{Column: "n"}}}},
	}
	o, err := config.Parse(r.URL.Query(), "")
	if err != nil {
		return nil, err
	}
	all := make([]int, 95)
	for i := range all {
		all[i] = i + 1
	}
	page, err := paging.Slice(o.At(r.URL.Path), all, func(n int, _ string) any { return n }, nil)
	if err != nil {
		return nil, err
	}
	n := numbered{page: page, list: list{pending: a.pending}}
	for _, i := range page.Items {
		n.rows = append(n.rows, ticket{Key: fmt.Sprint(i), Title: fmt.Sprintf("number %d", i)})
	}
	return fragment.Assigns{"numbers": n.assign()}, nil
}

// A page link changes the page without loading it, pushes the URL and replaces the stream; back and forward end right.
func TestPageLinksInBrowsers(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		_, s := newArchive(t, client)
		page := browser.Person(t).Open(s.URL + "/archive")
		page.WaitForStreams(1)
		page.PeakStreams()
		page.WaitFor("a mark that a load would wipe", `document.getElementById("side").textContent = "kept"`)
		page.Click(`#pages a[rel=next]`)
		page.WaitForText("#numbers li", "number 11")
		page.WaitForText("#pages [aria-current=page]", "2")
		page.WaitFor("the pushed URL", `location.search === "?offset=10"`)
		page.WaitFor("the stream of the new state", `document.getElementById("live").outerHTML.includes("/stream?offset=10")`)
		page.WaitForStreams(1)
		if peak := page.PeakStreams(); peak > 1 {
			t.Errorf("%d streams were open at the same time", peak)
		}
		page.Click(`#pages a[rel=last]`)
		page.WaitForText("#numbers li", "number 91")
		if got := page.Text("#side"); got != "kept" {
			t.Errorf("the rest of the page says %q: it was loaded again", got)
		}
		if n := len(page.Texts(`#pages a[rel=next]`)); n != 0 {
			t.Error("the last page has a link to the next one")
		}
		page.Back()
		page.WaitForText("#numbers li", "number 11")
		page.WaitFor("the URL of page 2", `location.search === "?offset=10"`)
		page.WaitForStreams(1)
		page.Forward()
		page.WaitForText("#numbers li", "number 91")
		page.WaitForStreams(1)
	})
}

// Five clicks in a row end on one page, with the URL, the list and the stream of that page.
func TestFastClicksAgree(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		_, s := newArchive(t, client)
		page := browser.Person(t).Open(s.URL + "/archive")
		page.WaitForStreams(1)
		page.AllowConsole("htmx:sendAbort", "htmx:afterRequest") // so htmx 1 and 2 tell of a click that replaced another
		browsertest.Eval[bool](page, `(async () => {
			for (const n of [2, 3, 2, 3, 4]) {
				[...document.querySelectorAll('#pages a')].find(a => a.textContent == n)?.click()
				await new Promise(r => setTimeout(r, 7))
			}
			return true
		})()`)
		page.WaitFor("URL, list, nav and stream of one page", `(() => {
			const offset = +new URLSearchParams(location.search).get('offset')
			return offset > 0 && document.querySelector('#numbers li').textContent === 'number ' + (offset + 1) &&
				document.querySelector('[aria-current=page]').textContent == offset / 10 + 1 &&
				document.getElementById('live').outerHTML.includes('/stream?offset=' + offset) &&
				!document.querySelector('.htmx-request')
		})()`)
		page.WaitForStreams(1)
	})
}

// The pill asks for the page's own URL and pushes none.
func TestPillInBrowsers(t *testing.T) {
	t.Parallel()
	eachClient(t, func(t *testing.T, client views.Client) {
		a, s := newArchive(t, client)
		a.pending = 12
		page := browser.Person(t).Open(s.URL + "/archive?offset=10")
		page.WaitForStreams(1)
		page.WaitForText("#new", "12 new")
		before := browsertest.Eval[int](page, "history.length")
		a.pending = 0
		page.Click("#new")
		page.WaitFor("an empty, hidden pill", `document.getElementById("new").hidden && !document.getElementById("new").textContent`)
		page.WaitForText("#numbers li", "number 11")
		page.WaitForStreams(1)
		if after := browsertest.Eval[int](page, "history.length"); after != before {
			t.Errorf("the history grew from %d to %d", before, after)
		}
		if url := page.URL(); !strings.HasSuffix(url, "/archive?offset=10") {
			t.Errorf("the URL became %s", url)
		}
	})
}
