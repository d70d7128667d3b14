//go:build unix

package postgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/live/postgres"
)

// The benchmarks run the same statements on a table with triggers and on one without, in turns, while a node listens, and
// report the medians and their ratio.

// on is the settings of a server.
type on struct {
	name string
	conf []string
}

// durable is how a server that matters runs. Without waiting for the disk the ratio is at its worst.
func servers() []on {
	return []on{
		{"disk", []string{"fsync=on", "synchronous_commit=on", "full_page_writes=on", "autovacuum=off"}},
		{"no disk", []string{"autovacuum=off"}},
	}
}

func BenchmarkTriggers(b *testing.B) {
	for _, server := range servers() {
		b.Run(server.name, func(b *testing.B) {
			s := pgtest.Start(b, server.conf...)
			node, err := postgres.Connect(b.Context(), postgres.Config{URL: s.URL(), Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(node.Close)
			if err := node.Listen(b.Context(), func([]byte) {}); err != nil {
				b.Fatal(err)
			}
			for name, w := range map[string]struct {
				rows, batch int
				sql         string // of a table, and of a number
			}{
				"insert one":      {1000, 20, "INSERT INTO %s (team_id, status, title, at) VALUES (3, 'open', 'Printer on fire', now())"},
				"update one":      {1000, 20, "UPDATE %s SET status = 'closed', at = now() WHERE id = 1 + $1::int %% 1000"},
				"insert 1000":     {1000, 1, "INSERT INTO %s (team_id, status, title, at) SELECT n %% 7, 'open', 'Printer on fire', now() FROM generate_series(1, 1000) n"},
				"update 1000":     {1000, 1, "UPDATE %s SET status = 'closed', at = now()"},
				"update 100":      {100, 4, "UPDATE %s SET status = 'closed', at = now()"},
				"update 100000":   {100_000, 1, "UPDATE %s SET status = 'closed', at = now()"},
				"distinct 100000": {100_000, 1, "UPDATE %s SET team_id = id, at = now()"},
			} {
				b.Run(name, func(b *testing.B) { compareTriggers(b, s, w.rows, w.batch, w.sql) })
			}
		})
	}
}

func compareTriggers(b *testing.B, s *pgtest.Server, rows, batch int, statement string) {
	b.Helper()
	c, err := pgx.Connect(b.Context(), s.URL())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close(context.Background())
	for _, table := range []string{"with_triggers", "bare"} {
		for _, sql := range []string{
			"DROP TABLE IF EXISTS " + table,
			"CREATE TABLE " + table + " (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, team_id int, status text, title text, at timestamptz) WITH (fillfactor = 50)",
			fmt.Sprintf("INSERT INTO %s (team_id, status, title) SELECT n %% 7, 'open', 'Printer on fire ' || n FROM generate_series(1, %d) n", table, rows),
			"VACUUM ANALYZE " + table,
		} {
			if _, err := c.Exec(b.Context(), sql); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := postgres.InstallTriggers(b.Context(), c.Exec, postgres.Table{Name: "with_triggers", Columns: []string{"team_id", "status"}}); err != nil {
		b.Fatal(err)
	}
	n := 0
	run := func(table string) float64 {
		began := time.Now()
		for range batch {
			n++
			sql, args := fmt.Sprintf(statement, table), []any{n}
			if !slices.Contains([]byte(statement), '$') {
				args = nil
			}
			if _, err := c.Exec(b.Context(), sql, args...); err != nil {
				b.Fatal(err)
			}
		}
		took := float64(time.Since(began).Nanoseconds()) / float64(batch) / 1000
		if rows > 10_000 { // or the table grows with each turn
			if _, err := c.Exec(b.Context(), "VACUUM "+table); err != nil {
				b.Fatal(err)
			}
		}
		return took
	}
	for range 3 {
		run("with_triggers")
		run("bare")
	}
	var with, bare []float64
	for b.Loop() {
		with = append(with, run("with_triggers"))
		bare = append(bare, run("bare"))
	}
	slices.Sort(with)
	slices.Sort(bare)
	m, r := with[len(with)/2], bare[len(bare)/2]
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(m, "µs")
	b.ReportMetric(r, "bare-µs")
	b.ReportMetric(m-r, "more-µs")
	b.ReportMetric(m/r, "ratio")
}
