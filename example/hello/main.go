// A guest book that every open window follows: sign in one, read in the others.
package main

import (
	"context"
	"crypto/rand"
	"html/template"
	"net/http"
	"sync"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/middleware"
	"github.com/htmxlive/htmxlive/views"
	"github.com/labstack/echo/v4" // Echo v4
)

var page = template.Must(template.New("page").Parse(`<!doctype html><html lang="en"><title>Guest book</title>{{.Live.Scripts}}
<meta name="viewport" content="width=device-width"><style>:root { color-scheme: light dark; font: 1.2em/1.6 system-ui }
body { max-width: 24em; margin: 3em auto; padding: 0 1em } input, button { font: inherit }</style><h1>Guest book</h1>
<form method="post"><label>Name <input name="name" size="14" required></label> <button>Sign</button></form>
<ul id="guestbook">{{.Live.Fragment "guestbook"}}</ul>{{.Live.Connect}}
{{define "line"}}<li id="guest-{{.ID}}">{{.Name}}</li>{{end}}`))

func routes(e *echo.Echo, keeper *live.Keeper) {
	type guest struct{ ID, Name string }
	var mu sync.Mutex
	var guests []guest
	everyone := live.ListQuery[guest, string]{
		Fetch: func(context.Context) ([]guest, error) {
			mu.Lock()
			defer mu.Unlock()
			return guests, nil
		},
		Key:       func(g guest) string { return g.ID },
		Subscribe: []string{"signed"}, // the topic that POST publishes
		Fragments: views.Fragments(views.Rows{ID: "guestbook", Prefix: "guest-", Row: views.Named(page, "line")}),
		Results:   live.ResultsLose, // new rows are shown; the default updates only those that are there
	}
	e.Use(middleware.LiveWithConfig(middleware.Config{Keeper: keeper, Store: middleware.CookieStore(), Scripts: views.Scripts{CDN: true}}))
	e.GET("/", middleware.Handler(func(_ echo.Context, s *live.Socket) (views.Component, error) {
		_, err := live.KeepList(s, "everyone", everyone)
		return views.Template(page, "page", nil), err
	}))
	e.POST("/", func(c echo.Context) error {
		mu.Lock()
		guests = append(guests, guest{rand.Text(), c.FormValue("name")})
		mu.Unlock()
		if err := keeper.Publish(c.Request().Context(), "signed"); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/")
	})
}

func main() {
	e := echo.New()
	routes(e, live.NewKeeper(live.Config{}))
	e.Logger.Fatal(e.Start("127.0.0.1:8080"))
}
