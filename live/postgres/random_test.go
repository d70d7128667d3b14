//go:build unix

package postgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/internal/sqlrandom"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/live/postgres"
)

// Random schemas, random queries on open pages, and random writes of this program and of others, which triggers tell or this
// program itself: when all is quiet after a write, each page shows what its queries return.
func TestRandomQueries(t *testing.T) {
	seed := sqlrandom.Seed(t)
	for _, kind := range []randomKind{{triggers: true}, {triggers: true, facts: true}, {triggers: true, facts: true, columns: true}, {}} {
		t.Run(kind.String(), func(t *testing.T) {
			total := new(sqlrandom.Tally)
			for world := uint64(0); total.Writes() < randomRounds() && !t.Failed(); world++ {
				if int(world) > 20+4*randomRounds()/worldRounds {
					t.Fatalf("most of %d sites end early: %d writes", world, total.Writes())
				}
				t.Run(fmt.Sprint(world), func(t *testing.T) { newRandomSite(t, seed, world, kind).Run(min(worldRounds, randomRounds()), total) })
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
const restTimeout = 2 * time.Minute

// worldRounds is how many writes there are of one schema.
const worldRounds = 100

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

func newRandomSite(t *testing.T, seed, number uint64, kind randomKind) *sqlrandom.Site {
	t.Helper()
	s := sqlrandom.NewSite(t, seed, number, sqlrandom.PostgreSQL, kind.facts)
	config := newDatabase(t, fmt.Sprintf("random %s %d", kind, number))
	s.Others = stdlib.OpenDB(*config)
	s.Others.SetMaxOpenConns(1) // its statements are prepared once
	if _, err := s.Others.ExecContext(t.Context(), strings.Join(s.Schema.Statements, "; ")); err != nil {
		t.Fatal(err)
	}
	for _, statement := range s.Schema.Rows {
		_, _ = s.Others.ExecContext(t.Context(), statement) // some are refused
	}
	logger := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	watch := postgres.Watch{PublishWrites: !kind.triggers, Logger: logger}
	cfg := live.Config{Logger: logger}
	if kind.triggers {
		kind.install(s)
		broker, err := postgres.Connect(t.Context(), postgres.Config{URL: shared.URL(), Logger: logger, Configure: func(c *pgx.ConnConfig) { c.Database = config.Database }})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(broker.Close)
		cfg.Broker, watch.Broker = broker, broker
	}
	s.Keeper = live.NewKeeper(cfg)
	watch.Keeper = s.Keeper
	s.DB = watch.Open(config)
	s.DB.SetMaxIdleConns(16) // a new one for each fetch takes longer than the fetch
	s.CloseWithTest()
	s.Rest = func() { rest(s, watch.Broker) }
	s.Written = func(bool) { rest(s, watch.Broker) }
	s.ByOther = func() bool { return kind.triggers && s.IntN(3) == 0 }
	s.Shows = func(p *livetest.SocketPage, id, want string, fetched bool) (got string) {
		for end := time.Now().Add(restTimeout); ; runtime.Gosched() {
			if got = p.Shown()[id]; got == want || !fetched || time.Now().After(end) {
				return got
			}
		}
	}
	return s
}

// install makes the triggers.
func (k randomKind) install(s *sqlrandom.Site) {
	s.Helper()
	declared := s.Schema.Declared()
	var tables []postgres.Table
	for _, t := range s.Schema.Tables {
		table := postgres.Table{Name: t.Name}
		if k.columns {
			table.Columns = declared[t.Name]
		}
		tables = append(tables, table)
	}
	if err := postgres.InstallTriggers(s.Context(), s.Others.ExecContext, tables...); err != nil {
		s.Fatal(err)
	}
}

// rest waits until this node has heard of all that is committed, and no query is being refetched, or one is too slow for that.
func rest(s *sqlrandom.Site, broker *postgres.Broker) {
	s.Helper()
	if broker != nil {
		if err := broker.Sync(s.Context()); err != nil {
			s.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(s.Context(), restTimeout)
	defer cancel()
	for {
		waits := busy(s.Keeper)
		if waits == "" {
			return
		}
		if ctx.Err() != nil {
			if s.Slow() {
				return
			}
			s.Fatalf("%s: never at rest: %s", s.Name, waits)
		}
		runtime.Gosched()
	}
}

// busy is what a query waits for; "" if none does.
func busy(k *live.Keeper) string {
	for _, stream := range k.Why("/").Streams {
		for _, kept := range stream.Kept {
			if !kept.Live && !strings.HasPrefix(kept.State, "nothing refetches it") || strings.Contains(kept.State, "; a ") {
				return kept.State
			}
		}
	}
	return ""
}
