//go:build unix

package postgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/live/postgres"
)

// The benchmarks run the same statements on a table with triggers and on one without, in turns, while a node listens, and
// report the medians and their ratio, and that of a table whose triggers do nothing.

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
			for _, w := range workloads() {
				b.Run(w.name, func(b *testing.B) { compareTriggers(b, s, w) })
			}
		})
	}
}

// workload is a statement on a table with that many rows.
type workload struct {
	name  string
	rows  int
	batch int    // how often it runs in one turn
	sql   string // of a table, and of a number
	// indexes are those of the helpdesk's tickets. Without them and with room on each page an update costs PostgreSQL least, so
	// the ratio is at its worst.
	indexes bool
}

func workloads() []workload {
	const closes, moves = "UPDATE %s SET status = 'closed', at = now()", "UPDATE %s SET team_id = id, at = now()"
	return []workload{
		{"insert one", 1000, 20, "INSERT INTO %s (team_id, status, title, at) VALUES (3, 'open', 'Printer on fire', now())", false},
		{"update one", 1000, 20, "UPDATE %s SET status = 'closed', at = now() WHERE id = 1 + $1::int %% 1000", false},
		{"insert 1000", 1000, 1, "INSERT INTO %s (team_id, status, title, at) SELECT n %% 7, 'open', 'Printer on fire', now() FROM generate_series(1, 1000) n", false},
		{"update 1000", 1000, 1, closes, false},
		{"update 100", 100, 4, closes, false},
		{"update 100000", 100_000, 1, closes, false},
		{"distinct 100000", 100_000, 1, moves, false},
		{"tickets 100000", 100_000, 1, closes, true},
	}
}

// schema is what is done before a table is measured. The one with triggers is installed later; transition_tables has triggers
// that ask for the old and new rows, as ours must, and do nothing: what PostgreSQL itself takes.
func (w workload) schema(table string) []string {
	statements := []string{
		"DROP TABLE IF EXISTS " + table,
		"CREATE TABLE " + table + " (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, team_id int, status text, title text, at timestamptz)",
		fmt.Sprintf("INSERT INTO %s (team_id, status, title) SELECT n %% 7, 'open', 'Printer on fire ' || n FROM generate_series(1, %d) n", table, w.rows),
	}
	if w.indexes {
		for _, columns := range []string{"(team_id, id)", "(at, id)", "(team_id, at, id)", "(status, team_id, id)"} {
			statements = append(statements, "CREATE INDEX ON "+table+columns)
		}
	} else {
		statements[1] += " WITH (fillfactor = 50)"
	}
	if table == "transition_tables" {
		statements = append(statements, "CREATE OR REPLACE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
		for event, rows := range map[string]string{"INSERT": "NEW TABLE AS n", "UPDATE": "OLD TABLE AS o NEW TABLE AS n"} {
			statements = append(statements, "CREATE TRIGGER "+event+"_nothing AFTER "+event+" ON "+table+
				" REFERENCING "+rows+" FOR EACH STATEMENT EXECUTE FUNCTION nothing()")
		}
	}
	return append(statements, "VACUUM ANALYZE "+table)
}

func compareTriggers(b *testing.B, s *pgtest.Server, w workload) {
	b.Helper()
	c, err := pgx.Connect(b.Context(), s.URL())
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close(context.Background())
	exec := func(sql string, args ...any) {
		if _, err := c.Exec(b.Context(), sql, args...); err != nil {
			b.Fatal(err)
		}
	}
	tables := []string{"with_triggers", "transition_tables", "bare"}
	for _, table := range tables {
		for _, sql := range w.schema(table) {
			exec(sql)
		}
	}
	if err := postgres.InstallTriggers(b.Context(), c.Exec, postgres.Table{Name: "with_triggers", Columns: []string{"team_id", "status"}}); err != nil {
		b.Fatal(err)
	}
	n := 0
	run := func(table string) float64 {
		began := time.Now()
		for range w.batch {
			n++
			var args []any
			if strings.Contains(w.sql, "$") {
				args = []any{n}
			}
			exec(fmt.Sprintf(w.sql, table), args...)
		}
		took := float64(time.Since(began).Nanoseconds()) / float64(w.batch) / 1000
		if w.rows > 10_000 { // or the table grows with each turn
			exec("VACUUM " + table)
		}
		return took
	}
	took := map[string][]float64{}
	for turn := 0; turn < 3 || b.Loop(); turn++ {
		for _, table := range tables {
			if us := run(table); turn >= 3 {
				took[table] = append(took[table], us)
			}
		}
	}
	median := func(table string) float64 {
		slices.Sort(took[table])
		return took[table][len(took[table])/2]
	}
	with, bare := median("with_triggers"), median("bare")
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(with, "µs")
	b.ReportMetric(bare, "bare-µs")
	b.ReportMetric(with-bare, "more-µs")
	b.ReportMetric(with/bare, "ratio")
	b.ReportMetric(median("transition_tables")/bare, "postgres-ratio")
}
