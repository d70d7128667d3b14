package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/sqlite"
)

// The benchmarks run the same statements on this package's database and on the driver alone, in turns, and report the
// ratio: what recording costs a query, and what the hooks cost a write.

// pair is a database of this package and one of the driver alone.
type pair struct {
	with, bare *sql.DB
	keeper     *live.Keeper
}

// silent is a fetch to which recording costs nothing.
func silent(context.Context, ...string) {}

func newPair(b *testing.B, recording bool, declared ...sqlite.Option) pair {
	b.Helper()
	dir := b.TempDir()
	const options = "?" + wal + "&_pragma=synchronous(NORMAL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)"
	var p pair
	keeper := live.NewKeeper(live.Config{})
	b.Cleanup(func() { keeper.Close(context.Background()) })
	with, err := sqlite.Open("file:"+filepath.Join(dir, "with.db")+options, keeper, declared...)
	if recording {
		with.Close()
		with, _, err = sqlite.OpenWith("file:"+filepath.Join(dir, "with.db")+options, keeper, sqlite.Fetches{Reads: silent, Snapshot: silent, Clock: func(context.Context, string) {}})
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { with.Close() })
	p.with, p.keeper = with, keeper
	bare, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "bare.db")+options)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { bare.Close() })
	p.bare = bare
	for _, db := range []*sql.DB{p.with, p.bare} {
		db.SetMaxOpenConns(1)
		for _, s := range []string{
			"CREATE TABLE tickets (id INTEGER PRIMARY KEY, team INTEGER, title TEXT, state TEXT, priority INTEGER, assignee TEXT, at TEXT)",
			"CREATE INDEX by_team ON tickets (team, id)",
			"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO tickets SELECT i, i % 7, 'title ' || i, 'open', i % 3, 'ann', '2026-01-01' FROM n",
		} {
			if _, err := db.ExecContext(b.Context(), s); err != nil {
				b.Fatal(err)
			}
		}
	}
	return p
}

// follow opens a page with rows that nothing writes to.
func (p pair) follow(b *testing.B) {
	b.Helper()
	s, err := p.keeper.Connect(b.Context(), live.SocketConfig{Session: "bench", Path: "/", Connected: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	_, err = live.Keep(s.Socket(), "none", live.Query[int]{Fetch: func(ctx context.Context) (n int, err error) {
		ctx = live.Where(ctx, "tickets", "team", 999)
		return n, p.with.QueryRowContext(ctx, "SELECT count(*) FROM tickets WHERE team = 999").Scan(&n)
	}})
	if err != nil {
		b.Fatal(err)
	}
}

// compare runs both in turns, and reports the medians of one operation, their difference and their ratio.
func (p pair) compare(b *testing.B, do func(ctx context.Context, db *sql.DB, i int) error) {
	b.Helper()
	i := 0
	run := func(db *sql.DB) float64 {
		began := time.Now()
		for range 20 {
			i++
			if err := do(b.Context(), db, i); err != nil {
				b.Fatal(err)
			}
		}
		return float64(time.Since(began).Nanoseconds()) / 20 / 1000
	}
	for range 5 {
		run(p.with)
		run(p.bare)
	}
	var with, bare []float64
	for b.Loop() {
		with = append(with, run(p.with))
		bare = append(bare, run(p.bare))
	}
	slices.Sort(with)
	slices.Sort(bare)
	w, r := with[len(with)/2], bare[len(bare)/2]
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(w, "µs")
	b.ReportMetric(r, "bare-µs")
	b.ReportMetric(w-r, "more-µs")
	b.ReportMetric(w/r, "ratio")
}

func BenchmarkQuery(b *testing.B) {
	for name, query := range map[string]string{
		"one row":        "SELECT id, title, state, priority FROM tickets WHERE id = 77",
		"a page of 25":   "SELECT id, team, title, state, priority, assignee, at FROM tickets WHERE team = 3 ORDER BY id LIMIT 25",
		"a join, counts": "SELECT t.state, count(*) FROM tickets t JOIN tickets o ON o.id = t.id WHERE t.team = 3 AND t.id < 200 GROUP BY 1",
	} {
		b.Run(name, func(b *testing.B) {
			newPair(b, true).compare(b, func(ctx context.Context, db *sql.DB, _ int) error {
				rows, err := db.QueryContext(ctx, query)
				return drain(rows, err)
			})
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	for name, do := range map[string]func(ctx context.Context, db *sql.DB, i int) error{
		"insert one": func(ctx context.Context, db *sql.DB, _ int) error {
			_, err := db.ExecContext(ctx, "INSERT INTO tickets (team, title, state) VALUES (1, 'title', 'open')")
			return err
		},
		"update one": func(ctx context.Context, db *sql.DB, i int) error {
			_, err := db.ExecContext(ctx, "UPDATE tickets SET priority = ? WHERE id = ?", i, i%1000+1)
			return err
		},
		"update 1000": func(ctx context.Context, db *sql.DB, i int) error {
			_, err := db.ExecContext(ctx, "UPDATE tickets SET priority = ? WHERE id <= 1000", i)
			return err
		},
		"tx of 5": func(ctx context.Context, db *sql.DB, i int) error {
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			defer tx.Rollback()
			for range 5 {
				if _, err := tx.ExecContext(ctx, "UPDATE tickets SET priority = ? WHERE id = ?", i, i%1000+1); err != nil {
					return err
				}
			}
			return tx.Commit()
		},
		"insert and delete 1000": func(ctx context.Context, db *sql.DB, _ int) error {
			if _, err := db.ExecContext(ctx, "INSERT INTO tickets (id, team, title) SELECT id + 5000000, team, title FROM tickets WHERE id <= 1000"); err != nil {
				return err
			}
			_, err := db.ExecContext(ctx, "DELETE FROM tickets WHERE id > 5000000")
			return err
		},
	} {
		b.Run(name, func(b *testing.B) { newPair(b, false).compare(b, do) })
		b.Run(name+", with columns", func(b *testing.B) { newPair(b, false, sqlite.Columns("tickets", "team", "state")).compare(b, do) })
		b.Run(name+", followed", func(b *testing.B) {
			p := newPair(b, false, sqlite.Columns("tickets", "team", "state"))
			p.follow(b)
			p.compare(b, do)
		})
	}
}
