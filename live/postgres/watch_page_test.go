//go:build unix

package postgres_test

import (
	"context"
	"database/sql"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/live/postgres"
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
func guestbook(keeper *live.Keeper, fetch func(ctx context.Context) ([]guest, error), sign func(ctx context.Context, name string) error) http.Handler {
	guests := live.ListQuery[guest, int64]{
		Fetch: fetch,
		Key:   func(g guest) int64 { return g.ID }, Results: live.ResultsLose,
		Fragments: views.Fragments(views.Rows{ID: "guests", Prefix: "guest-", Row: views.Named(guestPage, "guest")}),
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", nethttp.Handler(func(_ http.ResponseWriter, _ *http.Request, s *live.Socket) (views.Component, error) {
		_, err := live.KeepList(s, "guests", guests)
		return views.Template(guestPage, "page", nil), err
	}))
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) {
		if err := sign(context.WithoutCancel(r.Context()), r.FormValue("name")); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	store := sessions.NewCookieStore(make([]byte, 32))
	store.Options = &sessions.Options{Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	return nethttp.Live(keeper, store)(mux)
}

func guestsOf(ctx context.Context, db *sql.DB) (all []guest, err error) {
	rows, err := db.QueryContext(ctx, "SELECT id, name FROM signed ORDER BY id")
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
}

// Nothing subscribes and nothing publishes: the page follows the data, and a view that is replaced.
func TestAPageFollowsTheDatabase(t *testing.T) {
	b := newBed(t, postgres.Watch{}, `CREATE TABLE guests (id serial PRIMARY KEY, name text); CREATE VIEW signed AS SELECT id, name FROM guests;
		CREATE TABLE others (id int, name text)`)
	keeper := live.NewKeeper(live.Config{})
	t.Cleanup(func() { keeper.Close(context.WithoutCancel(t.Context())) })
	config := b.config.Copy()
	config.Tracer = nil
	db := postgres.Watch{Keeper: keeper, PublishWrites: true}.Open(config)
	t.Cleanup(func() { db.Close() })
	page := livetest.Open(t, guestbook(keeper, func(ctx context.Context) ([]guest, error) { return guestsOf(ctx, db) },
		func(ctx context.Context, name string) error {
			_, err := db.ExecContext(ctx, "INSERT INTO guests (name) VALUES ($1)", name)
			return err
		}), "/")
	page.AwaitRows("guests")
	page.Submit("form", "name", "ada")
	page.AwaitRows("guests", "ada")
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "UPDATE guests SET name = upper(name)"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	page.AwaitRows("guests", "ADA")
	if _, err := b.other().Exec(t.Context(), "CREATE OR REPLACE VIEW signed AS SELECT id, name FROM others"); err != nil {
		t.Fatal(err)
	}
	page.AwaitRows("guests")
	if _, err := db.ExecContext(t.Context(), "INSERT INTO others VALUES (7, 'joan')"); err != nil {
		t.Fatal(err)
	}
	page.AwaitRows("guests", "joan")
	page.EqualFresh()
}

// With triggers the page follows any program, and who has written sees it at once.
func TestAPageFollowsTriggers(t *testing.T) {
	b := newBed(t, postgres.Watch{}, `CREATE TABLE guests (id serial PRIMARY KEY, name text); CREATE VIEW signed AS SELECT id, name FROM guests`)
	other := b.other()
	if err := postgres.InstallTriggers(t.Context(), other.Exec, postgres.Table{Name: "guests", Columns: []string{"name"}}); err != nil {
		t.Fatal(err)
	}
	broker, err := postgres.Connect(t.Context(), postgres.Config{URL: strings.Replace(shared.URL(), "/postgres?", "/"+b.name+"?", 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	keeper := live.NewKeeper(live.Config{Broker: broker})
	t.Cleanup(func() { keeper.Close(context.WithoutCancel(t.Context())) })
	config := b.config.Copy()
	config.Tracer = nil
	db := postgres.Watch{Keeper: keeper, Broker: broker}.Open(config)
	t.Cleanup(func() { db.Close() })
	sign := func(ctx context.Context, name string) error {
		_, err := db.ExecContext(ctx, "INSERT INTO guests (name) VALUES ($1)", name)
		return err
	}
	app := guestbook(keeper, func(ctx context.Context) ([]guest, error) { return guestsOf(ctx, db) }, sign)
	page := livetest.Open(t, app, "/")
	page.AwaitRows("guests")
	page.Submit("form", "name", "ada")
	page.AwaitRows("guests", "ada")
	for i, sql := range []string{"UPDATE guests SET name = 'grace'", "INSERT INTO guests (name) VALUES ('joan')", "DELETE FROM guests WHERE name = 'grace'", "TRUNCATE guests"} {
		exec(t, other, sql)
		page.AwaitRows("guests", [][]string{{"grace"}, {"grace", "joan"}, {"joan"}, nil}[i]...)
	}
	page.EqualFresh()

	// A shared query is not fetched for a page that comes, unless it has changed.
	shared := live.Share(keeper, "count", func(int) live.Query[int] {
		return live.Query[int]{Fragments: []fragment.Fragment{livetest.Text("n", "count")}, Fetch: func(ctx context.Context) (n int, err error) {
			return n, db.QueryRowContext(ctx, "SELECT count(*) FROM guests").Scan(&n)
		}}
	}).With("all", 1)
	count := func() (n int) {
		s := livetest.OpenSocket(t, keeper, live.SocketConfig{Session: "bob", Path: "/"}, func(s *live.Socket) (err error) { n, err = live.Keep(s, "count", shared); return err })
		s.Close()
		return n
	}
	for i := range 20 {
		if got := count(); got != i {
			t.Errorf("after %d commits a page shows %d", i, got)
		}
		if err := sign(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
	}
}

// The one-liners: a pool, and its last connection takes the one that asks along.
func TestNewPoolAndOpen(t *testing.T) {
	b := newBed(t, postgres.Watch{}, "CREATE TABLE guests (id int)")
	keeper := live.NewKeeper(live.Config{})
	t.Cleanup(func() { keeper.Close(context.WithoutCancel(t.Context())) })
	url := strings.Replace(shared.URL(), "/postgres?", "/"+b.name+"?", 1)
	pool, err := postgres.NewPool(t.Context(), url, keeper)
	if err != nil {
		t.Fatal(err)
	}
	db, err := postgres.Open(url, keeper)
	if err != nil {
		t.Fatal(err)
	}
	for name, count := range map[string]func(ctx context.Context) (n int, err error){
		"pool": func(ctx context.Context) (n int, err error) {
			return n, pool.QueryRow(ctx, "SELECT count(*) FROM guests").Scan(&n)
		},
		"database/sql": func(ctx context.Context) (n int, err error) {
			return n, db.QueryRowContext(ctx, "SELECT count(*) FROM guests").Scan(&n)
		},
	} {
		q := live.Query[int]{Fetch: count, Fragments: []fragment.Fragment{livetest.Text("n", name)}}
		s := livetest.OpenSocket(t, keeper, live.SocketConfig{Session: "alice", Path: "/"}, func(s *live.Socket) error { _, err := live.Keep(s, name, q); return err })
		if topic := "postgres:" + b.name + "/public.guests"; !keeper.Follows(topic) {
			t.Errorf("%s: nobody follows %s", name, topic)
		}
		s.Close()
	}
	pool.Close()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	other, deadline := b.other(), time.Now().Add(20*time.Second)
	const own = 2 // the bed's
	for left := own + 1; left > own; {
		if err := other.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()", b.name).Scan(&left); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d connections are left", left-own)
		}
	}
}

// A page whose changes nobody tells says so.
func TestAPageThatNobodyTells(t *testing.T) {
	for name, c := range map[string]struct {
		triggers bool
		why, log string
	}{
		"no triggers": {false, "which has no triggers", "reads a table that has no triggers"},
		"no broker":   {true, "a broker that the keeper does not have", "the keeper has no broker"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, postgres.Watch{}, `CREATE TABLE guests (id serial PRIMARY KEY, name text); CREATE VIEW signed AS SELECT id, name FROM guests`)
			if c.triggers {
				if err := postgres.InstallTriggers(t.Context(), b.other().Exec, postgres.Table{Name: "guests"}); err != nil {
					t.Fatal(err)
				}
			}
			var log strings.Builder
			keeper := live.NewKeeper(live.Config{Logger: slog.New(slog.DiscardHandler)})
			t.Cleanup(func() { keeper.Close(context.WithoutCancel(t.Context())) })
			config := b.config.Copy()
			config.Tracer = nil
			db := postgres.Watch{Keeper: keeper, Logger: slog.New(slog.NewTextHandler(&log, nil))}.Open(config)
			t.Cleanup(func() { db.Close() })
			page := livetest.Open(t, guestbook(keeper, func(ctx context.Context) ([]guest, error) { return guestsOf(ctx, db) }, nil), "/")
			page.AwaitRows("guests")
			if kept := keeper.Why("/").Streams[0].Kept[0]; kept.Live || !strings.Contains(kept.State, c.why) {
				t.Errorf("live %v: %s", kept.Live, kept.State)
			}
			if strings.Count(log.String(), c.log) != 1 {
				t.Errorf("the log says %s", log.String())
			}
		})
	}
}
