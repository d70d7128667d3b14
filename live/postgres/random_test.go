//go:build unix

package postgres_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/internal/sqlrandom"
	"github.com/htmxlive/htmxlive/live/postgres"
)

// Random schemas, random queries on open pages, and random writes of this program and of others, which triggers tell or this
// program itself: when all is quiet after a write, each page shows what its queries return.
func TestRandomQueries(t *testing.T) {
	seed := randomSeed(t)
	for _, kind := range []randomKind{{triggers: true}, {triggers: true, facts: true}, {triggers: true, facts: true, columns: true}, {}} {
		t.Run(kind.String(), func(t *testing.T) {
			total := new(sqlrandom.Tally)
			for world := uint64(0); total.Writes() < randomRounds() && !t.Failed(); world++ {
				t.Run(fmt.Sprint(world), func(t *testing.T) { newRandomWorld(t, seed, world, kind).run(total) })
			}
			t.Log(total)
			if total.Writes() > 500 && total.Changed < total.Writes()/6 {
				t.Error("too few results changed: the test sees little")
			}
		})
	}
}

// randomKind is who tells of writes, whether queries say which rows they read, and whether triggers tell of the columns.
type randomKind struct{ triggers, facts, columns bool }

func (k randomKind) String() string {
	switch {
	case k.columns:
		return "facts of declared columns"
	case k.facts:
		return "facts"
	case k.triggers:
		return "tables"
	default:
		return "without triggers"
	}
}

// randomRounds is how many writes there are: many in a soak run.
func randomRounds() int {
	switch {
	case underRace:
		return 50
	case os.Getenv("HTMXLIVE_SOAK") != "":
		return 25_000
	default:
		return 200
	}
}

// restTimeout is how long a keeper may be busy after a write.
const restTimeout = 30 * time.Second

const (
	worldRounds = 100 // of one schema
	worldPages  = 3
	pageQueries = 4
	pageRounds  = 10 // until one of the pages is another one
)

// randomWorld is a schema and pages with queries.
type randomWorld struct {
	*testing.T
	*rand.Rand
	schema *sqlrandom.Schema
	name   string
	kind   randomKind

	keeper     *live.Keeper
	broker     *postgres.Broker
	db, others *sql.DB
	pages      []*randomPage
}

// newDatabase makes a database of its own.
func newDatabase(t *testing.T, name string) *pgx.ConnConfig {
	t.Helper()
	admin := open(t, shared)
	exec(t, admin, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	config, err := pgx.ParseConfig(shared.URL())
	if err != nil {
		t.Fatal(err)
	}
	config.Database = name
	return config
}

func newRandomWorld(t *testing.T, seed, number uint64, kind randomKind) *randomWorld {
	t.Helper()
	draw := rand.New(rand.NewPCG(seed, number))
	w := &randomWorld{
		T: t, Rand: draw, schema: sqlrandom.NewSchema(draw, sqlrandom.PostgreSQL), kind: kind,
		name: fmt.Sprintf("HTMXLIVE_SEED=%d world %d", seed, number),
	}
	config := newDatabase(t, fmt.Sprintf("random %s %d", kind, number))
	w.others = stdlib.OpenDB(*config)
	w.others.SetMaxOpenConns(1) // its statements are prepared once
	if _, err := w.others.ExecContext(t.Context(), strings.Join(w.schema.Statements, "; ")); err != nil {
		t.Fatal(err)
	}
	for _, statement := range w.schema.Rows {
		_, _ = w.others.ExecContext(t.Context(), statement) // some are refused
	}
	logger := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	watch := postgres.Watch{PublishWrites: !kind.triggers, Logger: logger}
	cfg := live.Config{Logger: logger}
	if kind.triggers {
		w.install()
		var err error
		w.broker, err = postgres.Connect(t.Context(), postgres.Config{URL: shared.URL(), Logger: logger, Configure: func(c *pgx.ConnConfig) { c.Database = config.Database }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(w.broker.Close)
		cfg.Broker, watch.Broker = w.broker, w.broker
	}
	w.keeper = live.NewKeeper(cfg)
	watch.Keeper = w.keeper
	w.db = watch.Open(config)
	t.Cleanup(func() {
		if err := w.keeper.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		w.db.Close()
		w.others.Close()
	})
	return w
}

// install makes the triggers.
func (w *randomWorld) install() {
	w.Helper()
	declared := w.schema.Declared()
	var tables []postgres.Table
	for _, t := range w.schema.Tables {
		table := postgres.Table{Name: t.Name}
		if w.kind.columns {
			table.Columns = declared[t.Name]
		}
		tables = append(tables, table)
	}
	if err := postgres.InstallTriggers(w.Context(), w.others.ExecContext, tables...); err != nil {
		w.Fatal(err)
	}
}

// run writes, and looks at all pages after each write.
func (w *randomWorld) run(total *sqlrandom.Tally) {
	for range worldPages {
		w.pages = append(w.pages, w.open())
	}
	for round := range min(worldRounds, randomRounds()) {
		if i := round / pageRounds % worldPages; round%pageRounds == 0 && round > 0 {
			w.pages[i].close()
			w.pages[i] = w.open()
		}
		w.rest()
		write, other := w.schema.Write(), w.kind.triggers && w.IntN(3) == 0
		w.write(write, other, total)
		if w.look(fmt.Sprintf("%s round %d: %s (other %v): %q", w.name, round, write.Way, other, write.Statements), other, total); w.Failed() {
			w.Log(strings.Join(w.schema.Statements, ";\n"))
			break
		}
	}
	for _, p := range w.pages {
		p.close()
	}
}

// write does it, by this program or by another one, and waits until the keeper is quiet.
func (w *randomWorld) write(write sqlrandom.Write, other bool, total *sqlrandom.Tally) {
	for _, p := range w.pages {
		for _, q := range p.queries {
			q.fetches.Store(0)
		}
	}
	db := w.db
	if other {
		db = w.others
	}
	total.Add(other, write.Run(w.Context(), db))
	w.rest()
}

// look compares what pages show with what their queries return.
func (w *randomWorld) look(story string, other bool, total *sqlrandom.Tally) {
	for _, p := range w.pages {
		for i, q := range p.queries {
			before := q.now
			q.now = w.ask(q)
			if got := p.await(fmt.Sprint("q", i), q.now, q.fetches.Load() > 0); got != q.now {
				w.Errorf("%s\nthe page shows what %s returned before: %s\nnow it returns: %s\nit was fetched %d times\n%s, facts %v",
					story, q.SQL, got, q.now, q.fetches.Load(), q.Names, q.Facts)
				return
			}
			total.Look(other, q.now != before, int(q.fetches.Load()))
		}
	}
}
