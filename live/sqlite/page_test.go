package sqlite_test

import (
	"context"
	"database/sql"
	"html/template"
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gorilla/sessions"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/live/sqlite"
	"github.com/htmxlive/htmxlive/middleware/nethttp"
	"github.com/htmxlive/htmxlive/views"
)

type guest struct {
	ID   int64
	Name string
}

var guestPage = template.Must(template.New("page").Parse(`<!doctype html><title>Guests</title>
	<main id="main"><ul id="guests">{{.Live.Fragment "guests"}}</ul>
	<form method="post" action="/"><input name="name"><button>Sign</button></form></main>{{.Live.Connect}}
	{{define "guest"}}<li id="guest-{{.ID}}">{{.Name}}</li>{{end}}`))

// guestbook is an application that knows SQL, and neither topics nor publications.
func guestbook(keeper *live.Keeper, db *sql.DB) http.Handler {
	guests := live.ListQuery[guest, int64]{
		Fetch: func(ctx context.Context) (all []guest, err error) {
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
				all = append(all, g)
			}
			return all, rows.Err()
		},
		Key: func(g guest) int64 { return g.ID }, Results: live.ResultsLose,
		Fragments: views.Fragments(views.Rows{ID: "guests", Prefix: "guest-", Row: views.Named(guestPage, "guest")}),
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", nethttp.Handler(func(_ http.ResponseWriter, _ *http.Request, s *live.Socket) (views.Component, error) {
		_, err := live.KeepList(s, "guests", guests)
		return views.Template(guestPage, "page", nil), err
	}))
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) {
		if _, err := db.ExecContext(context.WithoutCancel(r.Context()), "INSERT INTO guests (name) VALUES (?)", r.FormValue("name")); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	store := sessions.NewCookieStore(make([]byte, 32))
	store.Options = &sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	return nethttp.Live(keeper, store)(mux)
}

// Nothing subscribes and nothing publishes: the page follows the data, whoever writes it.
func TestAPageFollowsTheDatabase(t *testing.T) {
	for mode, pragma := range modes {
		t.Run(mode, func(t *testing.T) {
			keeper := live.NewKeeper(live.Config{})
			t.Cleanup(func() { keeper.Close(context.WithoutCancel(t.Context())) })
			path := filepath.Join(t.TempDir(), "guests.db")
			db, err := sqlite.Open("file:"+path+"?_pragma=busy_timeout(10000)&"+pragma, keeper)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			if _, err := db.ExecContext(t.Context(), "CREATE TABLE guests (id INTEGER PRIMARY KEY, name TEXT)"); err != nil {
				t.Fatal(err)
			}

			page := livetest.Open(t, guestbook(keeper, db), "/")
			page.AwaitRows("guests")
			page.Submit("form", "name", "ada")
			page.AwaitRows("guests", "ada")
			other := program(t, path)
			other.run("INSERT INTO guests (name) VALUES ('grace')")
			page.AwaitRows("guests", "ada", "grace")
			if why := keeper.Why("/").Streams[0].Kept[0]; why.NotifiedBy != "another program, which this node has noticed" {
				t.Errorf("notified by %s", why.NotifiedBy)
			}
			if shell, err := exec.LookPath("sqlite3"); err == nil {
				if out, err := exec.CommandContext(t.Context(), shell, path, "UPDATE guests SET name = 'joan' WHERE name = 'grace'").CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				page.AwaitRows("guests", "ada", "joan")
			}
			if _, err := db.ExecContext(t.Context(), "DELETE FROM guests"); err != nil {
				t.Fatal(err)
			}
			page.AwaitRows("guests")
			page.EqualFresh()
		})
	}
}
