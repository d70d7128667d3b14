// The guest book of example/hello with a database: no topic is named and nothing is published.
package main

import (
	"context"
	"database/sql"
	"html/template"
	"net/http"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/sqlite"
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

type guest struct {
	ID   int64
	Name string
}

func routes(e *echo.Echo, keeper *live.Keeper, db *sql.DB) {
	everyone := live.ListQuery[guest, int64]{
		Fetch: func(ctx context.Context) (guests []guest, err error) { // what it reads with this ctx is followed
			rows, err := db.QueryContext(ctx, "SELECT id, name FROM guests ORDER BY id")
			if err != nil {
				return nil, err
			}
			defer rows.Close()
			for rows.Next() {
				var g guest
				if err := rows.Scan(&g.ID, &g.Name); err != nil {
					return nil, err
				}
				guests = append(guests, g)
			}
			return guests, rows.Err()
		},
		Key:       func(g guest) int64 { return g.ID },
		Fragments: views.Fragments(views.Rows{ID: "guestbook", Prefix: "guest-", Row: views.Named(page, "line")}),
		Results:   live.ResultsLose, // new rows are shown; the default updates only those that are there
	}
	e.Use(middleware.LiveWithConfig(middleware.Config{Keeper: keeper, Store: middleware.CookieStore(), Scripts: views.Scripts{CDN: true}}))
	e.GET("/", middleware.Handler(func(_ echo.Context, s *live.Socket) (views.Component, error) {
		_, err := live.KeepList(s, "everyone", everyone)
		return views.Template(page, "page", nil), err
	}))
	e.POST("/", func(c echo.Context) error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), 5*time.Second) // a browser that leaves ends no commit
		defer cancel()
		if _, err := db.ExecContext(ctx, "INSERT INTO guests (name) VALUES (?)", c.FormValue("name")); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/")
	})
}

func open(ctx context.Context, file string, keeper *live.Keeper) (*sql.DB, error) {
	db, err := sqlite.Open("file:"+file+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)", keeper)
	if err == nil {
		_, err = db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS guests (id INTEGER PRIMARY KEY, name TEXT NOT NULL)")
	}
	return db, err
}

func main() {
	e, keeper := echo.New(), live.NewKeeper(live.Config{})
	db, err := open(context.Background(), "guests.db", keeper)
	if err != nil {
		e.Logger.Fatal(err)
	}
	routes(e, keeper, db)
	e.Logger.Fatal(e.Start("127.0.0.1:8080"))
}
