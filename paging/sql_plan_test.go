package paging_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

// No page may read rows that it does not show, or sort: each of its parts must be a search in the index that Sort.Index
// names, in its order. What the databases plan can be seen without any rows.
func TestPlans(t *testing.T) {
	for name, e := range map[string]engine{"SQLite": sqliteEngine(t), "PostgreSQL": postgresEngine(t)} {
		t.Run(name, func(t *testing.T) {
			if e.dialect == paging.PostgreSQL { // which would rather read an empty table than an index
				e.exec(t, "SET enable_seqscan = off")
				e.exec(t, "SET enable_bitmapscan = off")
			}
			for _, keys := range [][]paging.Key{
				{key("few"), key("id")},
				{key("few"), desc("id")},
				{timeKey(e), desc("few"), key("id")},
				{nullable("num", paging.NullsLast), key("id")},
				{nullable("num", paging.NullsFirst), desc("id")},
				{{Column: "num", Desc: true, Nulls: paging.NullsLast}, key("few"), key("id")},
				{key("few"), {Column: "num", Desc: true, Nulls: paging.NullsLast}, desc("id")},
				{key("few"), nullable("num", paging.NullsFirst), key("id")},
			} {
				c := paging.MustConfig(paging.Config{Name: "rows", Sorts: []paging.Sort{{Name: "it", Keys: keys}}, Limit: 2, Codec: testCodec})
				e.exec(t, "CREATE INDEX i ON entries "+c.Sorts[0].Index(e.dialect))
				for _, o := range places(t, c, e) {
					stmt, args := o.SQL(e.dialect, paging.Query{Select: rowColumns, From: "entries"})
					for _, step := range e.plan(t, stmt, args) {
						if strings.Contains(step, "TEMP B-TREE") || strings.Contains(step, "SCAN entries") && !strings.Contains(step, "INDEX") ||
							strings.Contains(step, "Sort") || strings.Contains(step, "Seq Scan") {
							t.Errorf("%s\n%s", stmt, step)
						}
					}
				}
				e.exec(t, "DROP INDEX i")
			}
		})
	}
}

// SQLite would read all rows that share the first column of a row value: 7 ms instead of 0.1 of a million rows with ten
// different values.
func TestSQLiteGetsNoRowValues(t *testing.T) {
	var got []string
	for _, s := range after(t, paging.Next, key("a"), key("b"), key("id")).Segments(paging.SQLite, "id") {
		got = append(got, s.Where)
	}
	if want := []string{"(a = ? AND b = ? AND id > ?)", "(a = ? AND b > ?)", "(a > ?)"}; !slices.Equal(got, want) {
		t.Errorf("ranges %q, want %q", got, want)
	}
}

// places are the first, the last, the next and the previous page of a list and its reverse, beside NULL and beside a value.
func places(t *testing.T, c paging.Config, e engine) []paging.Options {
	t.Helper()
	var all []paging.Options
	for _, query := range []string{"sort=it", "sort=-it"} {
		start := mustParse(t, c, query)
		for _, num := range []*int64{nil, new(int64(5))} {
			rows := tied(start, num)
			p, err := paging.NewPage(start, rows, valueOf(columns(e.word)), paging.Unknown())
			if err != nil {
				t.Fatal(err)
			}
			next, _ := p.Target(paging.Next)
			if p, err = paging.NewPage(next, rows[2:], valueOf(columns(e.word)), paging.Unknown()); err != nil {
				t.Fatal(err)
			}
			prev, _ := p.Target(paging.Prev)
			last, _ := p.Target(paging.Last)
			all = append(all, start, next, prev, last)
		}
	}
	return all
}

// timeKey sorts by a time, from new to old.
func timeKey(e engine) paging.Key {
	k := desc("at_")
	if e.dialect == paging.SQLite {
		k.Layout = paging.LayoutModernc
	}
	return k
}

// tied are three rows that differ in nothing but the id, in the order of o.
func tied(o paging.Options, num *int64) []row {
	rows := []row{{ID: 1, Num: num}, {ID: 2, Num: num}, {ID: 3, Num: num}}
	if keys := o.Sort().Keys; keys[len(keys)-1].Desc {
		slices.Reverse(rows)
	}
	return rows
}

func (e engine) plan(t *testing.T, stmt string, args []any) []string {
	t.Helper()
	if e.dialect == paging.PostgreSQL {
		steps, err := e.db.QueryContext(t.Context(), "EXPLAIN "+stmt, args...)
		if err != nil {
			t.Fatalf("%s: %v", stmt, err)
		}
		return texts(t, steps, func(step *string) []any { return []any{step} })
	}
	steps, err := e.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+stmt, args...)
	if err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
	return texts(t, steps, func(step *string) []any { return []any{new(int), new(int), new(int), step} })
}

func texts(t *testing.T, rows *sql.Rows, dest func(*string) []any) []string {
	t.Helper()
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(dest(&s)...); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil || len(all) == 0 {
		t.Fatalf("%d rows: %v", len(all), err)
	}
	return all
}

func dueFirst() paging.Config {
	due := paging.Sort{Name: "due", Keys: []paging.Key{nullable("due", paging.NullsLast), key("id")}}
	return paging.MustConfig(paging.Config{Name: "rows", Sorts: []paging.Sort{due}, Limit: 2, Codec: testCodec})
}
