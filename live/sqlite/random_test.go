package sqlite_test

import (
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/internal/sqlrandom"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/live/sqlite"
)

// Random schemas, random queries on open pages, and random writes of this program and of others: when all is quiet after a
// write, each page shows what its queries return.
func TestRandomQueries(t *testing.T) {
	seed := sqlrandom.Seed(t)
	for _, kind := range []randomKind{{}, {facts: true}, {facts: true, columns: true}} {
		t.Run(kind.String(), func(t *testing.T) {
			total := new(sqlrandom.Tally)
			for world := uint64(0); total.Writes() < randomRounds() && !t.Failed(); world++ {
				dir := t.TempDir()
				synctest.Test(t, func(t *testing.T) { newRandomSite(t, dir, seed, world, kind).Run(worldRounds, total) })
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

// worldRounds is how many writes there are of one schema.
const worldRounds = 150

func newRandomSite(t *testing.T, dir string, seed, number uint64, kind randomKind) *sqlrandom.Site {
	t.Helper()
	s := sqlrandom.NewSite(t, seed, number, sqlrandom.SQLite, kind.facts)
	s.Keeper = live.NewKeeper(live.Config{Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))})
	path := filepath.Join(dir, "random.db")
	mode := []string{wal, "_pragma=journal_mode(DELETE)"}[s.IntN(2)]
	var err error
	if s.DB, err = sqlite.Open(dsn(path, mode), s.Keeper, kind.declared(s.Schema)...); err != nil {
		t.Fatal(err)
	}
	if mode != wal { // who waits for a lock waits in real time, which a bubble's other goroutines do not know of
		s.DB.SetMaxOpenConns(1)
	}
	if s.Others, err = sql.Open("sqlite", dsn(path, mode)); err != nil {
		t.Fatal(err)
	}
	s.CloseWithTest()
	for _, statement := range append(slices.Clone(s.Schema.Statements), s.Schema.Rows...) {
		if _, err := s.DB.ExecContext(t.Context(), statement); err != nil && !slices.Contains(s.Schema.Rows, statement) {
			t.Fatalf("%v: %s", err, statement)
		}
	}
	s.Rest, s.ByOther = synctest.Wait, func() bool { return s.IntN(10) == 0 }
	s.Shows = func(p *livetest.SocketPage, id, _ string, _ bool) string { return p.Shown()[id] }
	s.Written = func(byOther bool) {
		if byOther {
			time.Sleep(200 * time.Millisecond) // of the bubble's time, so that the watcher looks
		}
		synctest.Wait()
		for s.Failing() {
			time.Sleep(time.Minute) // of backoff
			synctest.Wait()
		}
	}
	return s
}

// declared is the columns that the driver is told of.
func (k randomKind) declared(s *sqlrandom.Schema) (all []sqlite.Option) {
	if !k.columns {
		return nil
	}
	for table, columns := range s.Declared() {
		all = append(all, sqlite.Columns(table, columns...))
	}
	return all
}
