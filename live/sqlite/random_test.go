package sqlite_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/internal/sqlrandom"
	"github.com/htmxlive/htmxlive/live/sqlite"
)

// Random schemas, random queries on open pages, and random writes of this program and of others: when all is quiet after a
// write, each page shows what its queries return.
func TestRandomQueries(t *testing.T) {
	seed := randomSeed(t)
	for _, kind := range []randomKind{{}, {facts: true}, {facts: true, columns: true}} {
		t.Run(kind.String(), func(t *testing.T) {
			total := new(sqlrandom.Tally)
			for world := uint64(0); total.Writes() < randomRounds() && !t.Failed(); world++ {
				dir := t.TempDir()
				synctest.Test(t, func(t *testing.T) { newRandomWorld(t, dir, seed, world, kind).run(total) })
			}
			t.Log(total)
			if total.Writes() > 500 && total.Changed < total.Writes()/6 {
				t.Error("too few results changed: the test sees little")
			}
		})
	}
}

// randomKind is whether queries say which rows they read, and whether the driver is told of the columns.
type randomKind struct{ facts, columns bool }

func (k randomKind) String() string {
	switch {
	case k.columns:
		return "facts of declared columns"
	case k.facts:
		return "facts"
	default:
		return "tables"
	}
}

// randomRounds is how many writes there are: many in a soak run.
func randomRounds() int {
	switch {
	case underRace:
		return 100
	case os.Getenv("HTMXLIVE_SOAK") != "":
		return 34_000
	default:
		return 1000
	}
}

const (
	worldRounds = 150 // of one schema
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
	db, others *sql.DB
	pages      []*randomPage
}

func newRandomWorld(t *testing.T, dir string, seed, number uint64, kind randomKind) *randomWorld {
	t.Helper()
	draw := rand.New(rand.NewPCG(seed, number))
	w := &randomWorld{
		T: t, Rand: draw, schema: sqlrandom.NewSchema(draw, sqlrandom.SQLite), kind: kind,
		name: fmt.Sprintf("HTMXLIVE_SEED=%d world %d", seed, number),
	}
	w.keeper = live.NewKeeper(live.Config{Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))})
	path := filepath.Join(dir, "random.db")
	mode := []string{wal, "_pragma=journal_mode(DELETE)"}[draw.IntN(2)]
	var err error
	if w.db, err = sqlite.Open(dsn(path, mode), w.keeper, w.columns()...); err != nil {
		t.Fatal(err)
	}
	if mode != wal { // who waits for a lock waits in real time, which a bubble's other goroutines do not know of
		w.db.SetMaxOpenConns(1)
	}
	if w.others, err = sql.Open("sqlite", dsn(path, mode)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.keeper.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		w.db.Close()
		w.others.Close()
	})
	for _, statement := range append(slices.Clone(w.schema.Statements), w.schema.Rows...) {
		if _, err := w.db.ExecContext(t.Context(), statement); err != nil && !slices.Contains(w.schema.Rows, statement) {
			t.Fatalf("%v: %s", err, statement)
		}
	}
	return w
}

// columns are those that the driver is told of.
func (w *randomWorld) columns() (all []sqlite.Option) {
	if !w.kind.columns {
		return nil
	}
	for table, columns := range w.schema.Declared() {
		all = append(all, sqlite.Columns(table, columns...))
	}
	return all
}

// run writes, and looks at all pages after each write.
func (w *randomWorld) run(total *sqlrandom.Tally) {
	for range worldPages {
		w.pages = append(w.pages, w.open())
	}
	for round := range worldRounds {
		if i := round / pageRounds % worldPages; round%pageRounds == 0 && round > 0 {
			w.pages[i].close()
			w.pages[i] = w.open()
		}
		synctest.Wait()
		write, foreign := w.schema.Write(), w.IntN(10) == 0
		w.write(write, foreign, total)
		if w.look(fmt.Sprintf("%s round %d: %s (foreign %v): %q", w.name, round, write.Way, foreign, write.Statements), foreign, total); w.Failed() {
			w.Log(strings.Join(w.schema.Statements, ";\n"))
			break
		}
	}
	for _, p := range w.pages {
		p.close()
	}
}

// write does it, by this program or by another one, and waits until the keeper is quiet.
func (w *randomWorld) write(write sqlrandom.Write, foreign bool, total *sqlrandom.Tally) {
	for _, p := range w.pages {
		for _, q := range p.queries {
			q.mu.Lock()
			q.fetches = 0
			q.mu.Unlock()
		}
	}
	db := w.db
	if foreign {
		db = w.others
	}
	total.Add(foreign, write.Run(w.Context(), db))
	if foreign {
		time.Sleep(200 * time.Millisecond) // of the bubble's time, so that the watcher looks
	}
	synctest.Wait()
	for w.failing() {
		time.Sleep(time.Minute) // of backoff
		synctest.Wait()
	}
}

// failing reports whether the newest fetch of a query has failed.
func (w *randomWorld) failing() bool {
	for _, p := range w.pages {
		for _, q := range p.queries {
			if q.failed {
				return true
			}
		}
	}
	return false
}

// look compares what pages show with what their queries return.
func (w *randomWorld) look(story string, foreign bool, total *sqlrandom.Tally) {
	for _, p := range w.pages {
		shown := p.Shown()
		for i, q := range p.queries {
			before := q.now
			q.now = w.ask(q)
			if got := shown[fmt.Sprint("q", i)]; got != q.now {
				w.Errorf("%s\nthe page shows what %s returned before: %s\nnow it returns: %s\nit was fetched %d times\n%s, facts %v", story, q.SQL, got, q.now, q.fetches, q.Reads, q.Facts)
				return
			}
			total.Look(foreign, q.now != before, q.fetches)
		}
	}
}
