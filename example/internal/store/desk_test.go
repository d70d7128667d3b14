package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/postgres"
)

// server is the PostgreSQL that the tests share, each in a schema of its own.
var server *pgtest.Server

func TestMain(m *testing.M) { goleak.VerifyTestMain(withPostgres{m}) }

type withPostgres struct{ *testing.M }

func (m withPostgres) Run() int {
	var err error
	if server, err = pgtest.New(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.M.Run()
	if err := server.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// A desk is a seeded helpdesk.
type desk struct {
	*store.DB

	keeper          *live.Keeper
	fetches         int         // that the keeper may run at the same time
	admin, ann, ben store.Agent // ann and ben are of different teams
}

// keeperOf is a keeper that is closed when the test ends.
func keeperOf(t *testing.T) *live.Keeper {
	t.Helper()
	keeper := live.NewKeeper(live.Config{})
	t.Cleanup(func() {
		if err := keeper.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return keeper
}

// onEach runs the test on both engines.
func onEach(t *testing.T, tickets int, test func(t *testing.T, d *desk)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		test(t, open(t, filepath.Join(t.TempDir(), "helpdesk.db"), tickets))
	})
	t.Run("postgres", func(t *testing.T) {
		test(t, open(t, schema(t), tickets))
	})
}

// schema is the URL of an empty schema, named after the test.
func schema(t *testing.T) string {
	t.Helper()
	db, err := sql.Open("pgx", server.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	name := strings.ToLower(strings.ReplaceAll(t.Name(), "/", "_"))
	if _, err := db.ExecContext(t.Context(), "CREATE SCHEMA "+name); err != nil {
		t.Fatal(err)
	}
	return server.URL() + "&search_path=" + name
}

func open(t *testing.T, target string, tickets int) *desk {
	t.Helper()
	var broker live.Broker
	leave := func() {}
	if store.EngineOf(target) == "postgres" {
		b, err := postgres.Connect(t.Context(), postgres.Config{URL: target})
		if err != nil {
			t.Fatal(err)
		}
		broker, leave = b, b.Close
	}
	keeper := live.NewKeeper(live.Config{Broker: broker, MaxFetches: store.MaxFetches(target)})
	db, err := store.Open(t.Context(), target, keeper, broker)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(keeper.Close(context.WithoutCancel(t.Context())), db.Close()); err != nil {
			t.Error(err)
		}
		leave()
	})
	if _, err := db.Seed(t.Context(), tickets, time.Date(2026, 3, 2, 15, 30, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	d := &desk{DB: db, keeper: keeper, fetches: store.MaxFetches(target)}
	agents, err := db.Agents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range agents {
		switch {
		case a.Admin:
			d.admin = a
		case d.ann.ID == 0:
			d.ann = a
		case a.Team != d.ann.Team && d.ben.ID == 0:
			d.ben = a
		}
	}
	return d
}

func (d *desk) create(t *testing.T, by store.Agent, title string) int64 {
	t.Helper()
	id, err := d.CreateTicket(t.Context(), by, store.Draft{Title: title, Team: d.ann.Team.ID})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func second[T any](_ T, err error) error { return err }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
