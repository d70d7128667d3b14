package sqlite_test

import (
	"database/sql/driver"
	"slices"
	"strings"
	"testing"

	modernc "modernc.org/sqlite"
)

// What a statement reads of which no change is told: the time where it is asked for the present, chance, and functions of
// the program that do not say that they are deterministic.
func TestClocks(t *testing.T) {
	for name, deterministic := range map[string]bool{"htmxlive_mood": false, "htmxlive_double": true} {
		if err := modernc.RegisterFunction(name, &modernc.FunctionImpl{
			NArgs: 1, Deterministic: deterministic,
			Scalar: func(_ *modernc.FunctionContext, args []driver.Value) (driver.Value, error) { return args[0], nil },
		}); err != nil {
			t.Fatal(err)
		}
	}
	b := open(t)
	b.must("CREATE TABLE n (id INTEGER PRIMARY KEY, at TEXT)", "CREATE VIEW late AS SELECT id FROM n WHERE at < datetime('now', '-1 day')", "CREATE VIRTUAL TABLE docs USING fts5 (body)")
	for sql, want := range map[string]string{
		"SELECT id FROM n WHERE at < datetime('NOW')":                "datetime('now')",
		"SELECT * FROM late":                                         "datetime('now')",
		"SELECT datetime('now')":                                     "datetime('now')",
		"SELECT date(), time() FROM n":                               "date() time()",
		"SELECT CURRENT_TIMESTAMP FROM n":                            "CURRENT_TIMESTAMP",
		"SELECT unixepoch('subsec') FROM n":                          "unixepoch('now')",
		"SELECT julianday('now') - julianday(at) FROM n":             "julianday('now')",
		"SELECT strftime('%Y', 'now') FROM n":                        "strftime('now')",
		"SELECT strftime('%s') FROM n":                               "strftime('now')",
		"SELECT timediff(at, 'now') FROM n":                          "timediff('now')",
		"SELECT date('now', 'start of month', id || ' days') FROM n": "date('now')",
		"SELECT id FROM n ORDER BY random()":                         "random()",
		"SELECT changes(), last_insert_rowid()":                      "changes() last_insert_rowid()",
		"SELECT htmxlive_mood(id) FROM n":                            "htmxlive_mood()",
		"SELECT htmxlive_double(id), upper(at), count(*) FROM n":     "",

		"SELECT datetime(at), date(at, 'localtime'), strftime('%Y', at), timediff(at, at) FROM n": "",
		"SELECT id FROM n WHERE at <> 'now' AND date(at) > '2026-01-01'":                          "",
		"SELECT bm25(docs), highlight(docs, 0, '<', '>') FROM docs WHERE docs MATCH 'x'":          "",
		"SELECT id FROM n": "",
	} {
		for range 2 { // and when it is remembered
			b.forget()
			if err := b.under(sql); err != nil {
				t.Fatal(err)
			}
			slices.Sort(b.clocks)
			if got := strings.Join(b.clocks, " "); got != want {
				t.Errorf("%s: reads %q, want %q", sql, got, want)
			}
		}
	}
}
