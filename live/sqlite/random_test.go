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
	for name, facts := range map[string]bool{"tables": false, "facts": true} {
		t.Run(name, func(t *testing.T) {
			seed, total := randomSeed(t), new(tally)
			for world := uint64(0); total.Rounds < randomRounds() && !t.Failed(); world++ {
				dir := t.TempDir()
				synctest.Test(t, func(t *testing.T) { newRandomWorld(t, dir, seed, world, facts).run(total) })
			}
			t.Log(total)
			if total.Rounds > 1000 && total.Changed < total.Rounds/5 {
				t.Error("too few results changed: the test sees little")
			}
		})
	}
}

// randomRounds is how many writes there are: many in a soak run.
func randomRounds() int {
	switch {
	case underRace:
		return 150
	case os.Getenv("HTMXLIVE_SOAK") != "":
		return 50_000
	default:
		return 1500
	}
}

const (
	worldRounds = 150 // of one schema
	worldPages  = 3
	pageQueries = 4
	pageRounds  = 10 // until one of the pages is another one
)

// tally counts what became of queries after writes.
type tally struct {
	Rounds, Refused, Changed int
	Fetches, Needless        int // after writes of this program
	Foreign, ForeignNeedless int // after those of others, which may have changed anything
}

func (n *tally) String() string {
	share := func(part, of int) string {
		return fmt.Sprintf("%d of %d (%.1f %%)", part, of, 100*float64(part)/max(1, float64(of)))
	}
	return fmt.Sprintf("%d writes, %d of them refused, changed %d results; needless are %s refetches after this program's writes, and %s after those of others",
		n.Rounds, n.Refused, n.Changed, share(n.Needless, n.Fetches), share(n.ForeignNeedless, n.Foreign))
}

// randomWorld is a schema and pages with queries.
type randomWorld struct {
	*testing.T
	*rand.Rand
	schema *sqlrandom.Schema
	name   string
	facts  bool

	keeper     *live.Keeper
	db, others *sql.DB
	pages      []*randomPage
}

func newRandomWorld(t *testing.T, dir string, seed, number uint64, facts bool) *randomWorld {
	t.Helper()
	draw := rand.New(rand.NewPCG(seed, number))
	w := &randomWorld{
		T: t, Rand: draw, schema: sqlrandom.NewSchema(draw, sqlrandom.SQLite), facts: facts,
		name: fmt.Sprintf("HTMXLIVE_SEED=%d world %d", seed, number),
	}
	w.keeper = live.NewKeeper(live.Config{Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	path := filepath.Join(dir, "random.db")
	mode := []string{wal, "_pragma=journal_mode(DELETE)"}[draw.IntN(2)]
	var options []sqlite.Option
	for _, table := range w.schema.Tables {
		if facts && len(table.Declared) > 0 {
			options = append(options, sqlite.Columns(table.Name, table.Declared...))
		}
	}
	var err error
	if w.db, err = sqlite.Open(dsn(path, mode), w.keeper, options...); err != nil {
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

// run writes, and looks at all pages after each write.
func (w *randomWorld) run(total *tally) {
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
func (w *randomWorld) write(write sqlrandom.Write, foreign bool, total *tally) {
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
	if err := write.Run(w.Context(), db); err != nil {
		total.Refused++
	}
	total.Rounds++
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
func (w *randomWorld) look(story string, foreign bool, total *tally) {
	for _, p := range w.pages {
		shown := p.Shown()
		for i, q := range p.queries {
			before := q.now
			q.now = w.ask(q)
			if got := shown[fmt.Sprint("q", i)]; got != q.now {
				w.Errorf("%s\nthe page shows what %s returned before: %s\nnow it returns: %s\nit was fetched %d times\n%s, facts %v", story, q.SQL, got, q.now, q.fetches, q.Reads, q.Facts)
				return
			}
			needless := q.fetches
			if q.now != before {
				total.Changed++
				needless = max(0, needless-1)
			}
			if foreign {
				total.Foreign += q.fetches
				total.ForeignNeedless += needless
			} else {
				total.Fetches += q.fetches
				total.Needless += needless
			}
		}
	}
}
