package middleware_test

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/internal/browsertest"
	"github.com/htmxlive/htmxlive/internal/nodemodules"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/paging"
	"github.com/htmxlive/htmxlive/views"
)

var browser browsertest.Browser

var (
	bookTmpl = template.Must(template.New("").Parse(`
{{define "book"}}<!doctype html><html lang="en"><head><title>Notes</title><link rel="icon" href="data:,">{{.Data}}</head><body>
<main id="main"><h1>Notes</h1><input id="search"><p id="live-status"></p>
<table><tbody id="rows">{{.Live.Fragment "rows"}}</tbody></table>{{.Live.Fragment "pages"}}{{.Live.Fragment "rows-new"}}</main>
{{.Live.Connect}}</body></html>{{end}}
{{define "row"}}<tr id="row-{{.ID}}"><td>{{.Text}}</td></tr>{{end}}
{{define "gone"}}<tr id="row-{{.}}" class="gone"><td>gone</td></tr>{{end}}`))
	bookFragments = []fragment.Fragment{
		views.New(views.Rows{ID: "rows", Prefix: "row-", Row: views.Named(bookTmpl, "row"), RowGone: views.Named(bookTmpl, "gone")}),
		views.New(views.Pager{ID: "pages"}),
		views.New(views.Pill{ID: "rows-new"}),
	}
	bookPaging = paging.MustNew[note](paging.Config{
		Name: "notes", Dialect: paging.InMemory, Limit: 3, Codec: paging.RandomCodec(),
		Sorts: []paging.Sort{{Name: "id", Keys: paging.Keys("-id")}},
	})
)

// book adds a paged page at /book/CLIENT.
func (a *app) book(t *testing.T, results live.Results) {
	t.Helper()
	dir, err := nodemodules.Dir()
	if err != nil {
		t.Fatal(err)
	}
	for _, client := range views.Clients() {
		for _, file := range client.Files() {
			name, rest, _ := strings.Cut(file, "/")
			a.echo.File("/js/"+file, filepath.Join(dir, name, "dist", filepath.FromSlash(rest)))
		}
	}
	a.echo.GET("/js/htmxlive.js", func(c echo.Context) error {
		return c.Blob(http.StatusOK, "text/javascript", []byte(views.Script()))
	})
	a.results = results
	a.echo.GET("/book/:client", a.showBook)
}

func (a *app) showBook(c echo.Context) error {
	client := clientOfPath(c)
	_, err := live.KeepPage(middleware.Socket(c), "notes", live.PageQuery[note, int]{
		Fetch: func(ctx context.Context, o paging.Options) (paging.Page[note], error) {
			rows, err := a.notes.list(ctx)
			if err != nil {
				return paging.Page[note]{}, err
			}
			return bookPaging.Slice(o, rows, func(n note) any { return n.ID })
		},
		Key: func(n note) int { return n.ID }, Paging: bookPaging, Results: a.results,
		Subscribe: []string{"notes"}, Fragments: bookFragments,
	})
	if err != nil {
		return err
	}
	return middleware.Render(c, http.StatusOK, views.Template(bookTmpl, "book", client.Scripts(views.Scripts{Base: "/js/"})))
}

func clientOfPath(c echo.Context) views.Client {
	client, err := views.ParseClient(c.Param("client"))
	if err != nil {
		return views.DefaultClient
	}
	return client
}

func (a *app) change(t *testing.T, rows ...note) {
	t.Helper()
	a.notes.set(rows...)
	if err := a.keeper.Publish(t.Context(), "notes"); err != nil {
		t.Fatal(err)
	}
}

func numbered(from, to int) (rows []note) {
	for i := from; i <= to; i++ {
		rows = append(rows, note{i, fmt.Sprint("note ", i)})
	}
	return rows
}

const rowIDs = `[...document.querySelectorAll("#rows tr")].map(r => r.id + (r.className ? "." + r.className : "")).join(" ")`

func TestEveryClientFollows(t *testing.T) {
	for _, client := range views.Clients() {
		t.Run(string(client), func(t *testing.T) {
			a := newApp(t, middleware.Config{Client: clientOfPath})
			a.book(t, live.ResultsHold)
			a.notes.set(numbered(1, 8)...)
			page := browser.Person(t).Open(a.URL + "/book/" + string(client))
			page.WaitForStreams(1)
			page.WaitFor("the first page", rowIDs+` === "row-8 row-7 row-6"`)
			page.Focus("#search")

			rows := numbered(1, 10)
			rows[6].Text = "changed" // note 7
			a.change(t, append(rows[:5:5], rows[6:]...)...)
			page.WaitFor("kept rows: one changed, one gone", `document.querySelector("#row-7").textContent === "changed" && `+rowIDs+` === "row-8 row-7 row-6.gone"`)
			page.WaitFor("the pill", `document.querySelector("#rows-new").textContent.includes("2")`)
			if got := browsertest.Eval[string](page, `document.activeElement.id`); got != "search" {
				t.Errorf("focus is on %q", got)
			}

			page.Click("#rows-new a, a#rows-new")
			page.WaitFor("the new rows", rowIDs+` === "row-10 row-9 row-8"`)
			page.WaitForStreams(1)
			page.Click(`a[rel="next"]`)
			page.WaitFor("the second page", rowIDs+` === "row-7 row-5 row-4"`)
			page.WaitFor("its URL", `location.search.includes("after=")`)
			page.WaitForStreams(1)
			a.change(t, numbered(1, 9)...)
			page.WaitFor("a change on the second page", `document.querySelector("#row-7").textContent === "note 7"`)
			if most := page.PeakStreams(); most > 1 {
				t.Errorf("%d streams at the same time", most)
			}
			page.Back()
			page.WaitFor("the first page again", `!location.search.includes("after=") && `+rowIDs+` === "row-9 row-8 row-7"`)
			page.WaitForStreams(1)
			a.change(t, numbered(1, 8)...)
			page.WaitFor("a live first page", rowIDs+` === "row-9.gone row-8 row-7"`)
			if text := strings.Join(page.Console(), "\n"); text != "" {
				t.Log(text)
			}
		})
	}
}
