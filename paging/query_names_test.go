package paging_test

import (
	"database/sql"
	"slices"
	"strconv"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

// Placeholders that say which argument they are mean the same in every range of a page.
func TestSQLiteNumbersAndNames(t *testing.T) {
	db := openDB(t, "sqlite", ":memory:")
	mustExec(t, db, "CREATE TABLE t AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 40) SELECT id, id % 3 AS team, id % 4 AS few FROM n")
	for where, args := range map[string][]any{
		"team = ? AND id > ?":                       {1, 5},
		"team = ?1 AND id > ?2":                     {1, 5},
		"id > ?2 AND team = ?1 AND '?9' <> '?8'":    {1, 5},
		"team = ? AND id > ? AND 'why?1' IS NOT ''": {1, 5},
		"team = :team AND id > @least":              {sql.Named("team", 1), sql.Named("least", 5)},
	} {
		c := paging.MustConfig(paging.Config{Name: "t", Limit: 3, Codec: testCodec, Sorts: []paging.Sort{{Name: "it", Keys: paging.Keys("-few", "id")}}})
		var got []string
		for o, more := mustParse(t, c, ""), true; more && len(got) <= 40; {
			stmt, values := o.SQL(paging.SQLite, paging.Query{Select: "id", From: "t", Where: where, Args: args, Key: "id"})
			p, err := paging.NewPage(o, query(t, db, stmt, values...), func(id, column string) any {
				n, err := strconv.ParseInt(id, 10, 64)
				if column == "few" {
					n %= 4
				}
				return map[bool]any{true: n}[err == nil]
			}, paging.Unknown())
			if err != nil {
				t.Fatalf("%s: %v", where, err)
			}
			got = append(got, p.Items...)
			o, more = p.Target(paging.Next)
		}
		if want := query(t, db, "SELECT id FROM t WHERE team = 1 AND id > 5 ORDER BY few DESC, id"); !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %v\nwant %v", where, got, want)
		}
	}
}
