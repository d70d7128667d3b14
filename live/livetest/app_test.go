package livetest_test

import (
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
)

// The application that the tests open: tickets behind a login, on Echo, with middleware, views and live.

type ticket struct {
	ID    int
	Title string
	Done  bool
}

// desk is its data, and the whole of it as a handler.
type desk struct {
	*echo.Echo

	keeper *live.Keeper

	mu      sync.Mutex // guards tickets
	tickets []ticket
}

var deskPages = template.Must(template.New("").Funcs(template.FuncMap{"page": func(url string) template.HTMLAttr { return views.PageLink(url, "") }}).Parse(`
{{define "tickets"}}<!doctype html><html><head><title>{{.Data.Title}}</title><style>p{}</style></head>
<body class="desk"><main id="main">
<a {{page .Data.All}}>All</a> <a {{page .Data.Open}}>Open <b>ones</b></a> <a id="news" href="/news">News</a>
<table><tbody id="tickets">{{.Live.Fragment "tickets"}}</tbody></table>
{{.Live.Fragment "count"}}
{{template "form" ""}}
<form id="by-hand" method="post" action="/tickets"><input name="title"><select name="kind"><option>bug<option selected>wish</select>
<input type="checkbox" name="urgent"><textarea name="text">two
lines</textarea><button>Add by hand</button><button name="preset" value="*">Use a template</button></form>
</main>{{.Live.Connect}}</body></html>{{end}}
{{define "form"}}<form id="add" hx-post="/tickets" hx-swap="outerHTML"><input name="title">{{with .}}<p id="wrong">{{.}}</p>{{end}}<button>Add</button></form>{{end}}
{{define "ticket"}}<tr id="ticket-{{.ID}}"><td>{{.ID}}</td><td>{{.Title}}{{if .Done}} (done){{end}}</td></tr>{{end}}
{{define "count"}}<p id="count">{{len .}} shown</p>{{end}}
{{define "login"}}<form method="post" action="/login"><button name="agent" value="ann">Ann</button><button name="agent" value="ben">Ben</button></form>{{end}}`))

var (
	ticketRows = views.New(views.Rows{ID: "tickets", Prefix: "ticket-", Row: views.Named(deskPages, "ticket")})
	count      = views.New(views.Block{ID: "count", Markup: views.Named(deskPages, "count")})
)

// newDesk is the application with two tickets. Anybody may see it if it is open.
func newDesk(t testing.TB, open bool) *desk {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	d := &desk{Echo: echo.New(), tickets: []ticket{{ID: 1, Title: "Printer"}, {ID: 2, Title: "Mouse", Done: true}}}
	d.keeper = live.NewKeeper(live.Config{Logger: log})
	t.Cleanup(func() {
		if err := d.keeper.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("close keeper: %v", err)
		}
	})
	client := func(c echo.Context) views.Client {
		client, err := views.ParseClient(c.QueryParam("htmx"))
		if err != nil {
			return views.DefaultClient
		}
		return client
	}
	d.Use(middleware.LiveWithConfig(middleware.Config{Keeper: d.keeper, Store: cookies(), Client: client, Logger: log}))
	if !open {
		d.Use(d.guard)
	}
	d.routes()
	return d
}

func cookies() sessions.Store {
	store := sessions.NewCookieStore([]byte("0123456789abcdef0123456789abcdef"))
	store.Options = &sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: 3600}
	return store
}

func (d *desk) routes() {
	d.GET("/login", func(c echo.Context) error {
		return middleware.Render(c, http.StatusOK, views.Template(deskPages, "login", nil))
	})
	d.POST("/login", func(c echo.Context) error {
		c.SetCookie(&http.Cookie{Name: "agent", Value: c.FormValue("agent"), Path: "/", HttpOnly: true})
		return c.Redirect(http.StatusSeeOther, "/tickets")
	})
	d.GET("/tickets", d.list)
	d.POST("/tickets", d.add)
	d.GET("/news", func(c echo.Context) error { return c.HTML(http.StatusOK, "<title>News</title><p id=news>None.</p>") })
}

func (d *desk) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if _, err := c.Cookie("agent"); err != nil && c.Path() != "/login" {
			return c.Redirect(http.StatusSeeOther, "/login")
		}
		return next(c)
	}
}

func (d *desk) list(c echo.Context) error {
	open := c.QueryParam("state") == "open"
	_, err := live.KeepList(middleware.Socket(c), "tickets", live.ListQuery[ticket, int]{
		Fetch:     func(context.Context) ([]ticket, error) { return d.find(open), nil },
		Key:       func(t ticket) int { return t.ID },
		Results:   live.ResultsLose,
		Subscribe: []string{"tickets"},
		Fragments: []fragment.Fragment{ticketRows, count},
	})
	if err != nil {
		return err
	}
	q := c.QueryParams()
	link := func(state string) string {
		q.Set("state", state)
		return "/tickets?" + q.Encode()
	}
	data := struct{ Title, All, Open string }{fmt.Sprintf("Tickets of %s", c.QueryParam("htmx")), link("all"), link("open")}
	return middleware.Render(c, http.StatusOK, views.Template(deskPages, "tickets", data))
}

func (d *desk) find(open bool) []ticket {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(d.tickets), func(t ticket) bool { return open && t.Done })
}

// add is the answer to both of the page's forms.
func (d *desk) add(c echo.Context) error {
	title := strings.TrimSpace(c.FormValue("title"))
	htmx := c.Request().Header.Get("HX-Request") == "true"
	if title == "" {
		return d.form(c, http.StatusUnprocessableEntity, "Write something.")
	}
	if kind := c.FormValue("kind"); kind != "" {
		title += " [" + kind + c.FormValue("urgent") + c.FormValue("preset") + "] " + strings.ReplaceAll(c.FormValue("text"), "\r\n", "|")
	}
	if err := d.change(c.Request().Context(), func() { d.tickets = append(d.tickets, ticket{ID: len(d.tickets) + 1, Title: title}) }); err != nil {
		return err
	}
	if htmx {
		return d.form(c, http.StatusOK, "")
	}
	return c.Redirect(http.StatusSeeOther, "/tickets?added="+strconv.Itoa(len(d.find(false))))
}

func (d *desk) form(c echo.Context, status int, wrong string) error {
	var b strings.Builder
	if err := deskPages.ExecuteTemplate(&b, "form", wrong); err != nil {
		return err
	}
	return c.HTML(status, b.String())
}

// change changes the data and publishes it.
func (d *desk) change(ctx context.Context, how func()) error {
	d.mu.Lock()
	how()
	d.mu.Unlock()
	return d.keeper.Publish(context.WithoutCancel(ctx), "tickets")
}

// rename gives a ticket another title.
func (d *desk) rename(t testing.TB, id int, title string) {
	t.Helper()
	if err := d.change(t.Context(), func() { d.tickets[id-1].Title = title }); err != nil {
		t.Fatal(err)
	}
}

// remove deletes a ticket.
func (d *desk) remove(t testing.TB, id int) {
	t.Helper()
	err := d.change(t.Context(), func() { d.tickets = slices.DeleteFunc(d.tickets, func(t ticket) bool { return t.ID == id }) })
	if err != nil {
		t.Fatal(err)
	}
}
