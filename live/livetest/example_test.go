package livetest_test

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"sync"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/middleware/nethttp"
	"github.com/htmxlive/htmxlive/views"
)

// guestbook is an application of one page.
type guestbook struct {
	mu    sync.Mutex
	names []string
}

func (g *guestbook) all(context.Context) ([]string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.names), nil
}

func (g *guestbook) sign(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.names = append(g.names, name)
}

var guestbookPage = template.Must(template.New("page").Parse(`<!doctype html><title>Guests</title>
	<main id="main"><ul id="guests">{{.Live.Fragment "guests"}}</ul>
	<form method="post" action="/"><input name="name"><button>Sign</button></form></main>{{.Live.Connect}}
	{{define "guest"}}<li id="guest-{{.}}">{{.}}</li>{{end}}`))

func (g *guestbook) handler(keeper *live.Keeper) http.Handler {
	guests := live.ListQuery[string, string]{
		Fetch: g.all, Key: func(name string) string { return name }, Subscribe: []string{"guests"}, Results: live.ResultsLose,
		Fragments: views.Fragments(views.Rows{ID: "guests", Prefix: "guest-", Row: views.Named(guestbookPage, "guest")}),
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", nethttp.Handler(func(_ http.ResponseWriter, _ *http.Request, s *live.Socket) (views.Component, error) {
		_, err := live.KeepList(s, "guests", guests)
		return views.Template(guestbookPage, "page", nil), err
	}))
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) {
		g.sign(r.FormValue("name"))
		if err := keeper.Publish(context.WithoutCancel(r.Context()), "guests"); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	return nethttp.Live(keeper, cookies())(mux)
}

// A page is opened, somebody else signs, and the page follows by itself. In a test, t is the test's own.
func ExampleOpen() {
	keeper := live.NewKeeper(live.Config{})
	defer keeper.Close(context.Background())
	t := &exampleT{}
	defer t.end()
	handler := (&guestbook{names: []string{"ada"}}).handler(keeper)

	page := livetest.Open(t, handler, "/")
	other := livetest.Open(t, handler, "/")
	other.Submit("form", "name", "grace")
	page.AwaitRows("guests", "ada", "grace")
	page.EqualFresh()
	fmt.Println(page.Title(), page.Rows("guests").IDs())
	// Output:
	// Guests [guest-ada guest-grace]
}

// What is sent while a page is away is there when it comes back, in one message.
func ExamplePage_Drop() {
	keeper := live.NewKeeper(live.Config{})
	defer keeper.Close(context.Background())
	t := &exampleT{}
	defer t.end()
	book := &guestbook{names: []string{"ada"}}
	page := livetest.Open(t, book.handler(keeper), "/")

	page.Drop()
	for _, name := range []string{"grace", "joan"} {
		book.sign(name)
		_ = keeper.Publish(context.Background(), "guests")
	}
	fmt.Println(page.Rows("guests").Texts())
	page.Resume()
	page.AwaitRows("guests", "ada", "grace", "joan")
	fmt.Println(len(page.Messages()), "message")
	// Output:
	// [ada]
	// 1 message
}

// A test that reads what is not there fails, and says what there is instead.
func ExamplePage_Text() {
	keeper := live.NewKeeper(live.Config{})
	defer keeper.Close(context.Background())
	t := &exampleT{}
	defer t.end()

	t.run(func() {
		page := livetest.Open(t, (&guestbook{names: []string{"ada"}}).handler(keeper), "/")
		fmt.Println(page.Text("gusets"))
	})
	// Output:
	// livetest: / has no element #gusets, only main guests guest-ada live
}
