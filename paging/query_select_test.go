package paging_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/paging"
)

// A database sorts by what Select gives the name of a column, and compares the column: such a key is an error before a row is lost.
func TestSelectThatComputesAKey(t *testing.T) {
	dialects := map[paging.Dialect]*sql.DB{
		paging.SQLite:     openDB(t, "sqlite", ":memory:"),
		paging.PostgreSQL: openDB(t, "pgx", pgtest.Start(t).URL()),
	}
	for dialect, db := range dialects {
		mustExec(t, db, "CREATE TABLE t (name text NOT NULL, id int NOT NULL)")
		mustExec(t, db, "INSERT INTO t VALUES ('b', 1), ('B', 2), ('a', 3), ('A', 4), ('C', 5)")
		for _, test := range []struct {
			key, names string
			refused    bool
		}{
			{"name", "", false},
			{"name", "t.name AS name, id", false},
			{"name", "(name) AS \"other\", id", false},
			{"t.name", "t.name || '' AS name, id", false},
			{"lower(name)", "lower(name) AS name, id", false},
			{"name", "lower(name) AS name, id", true},
			{"name", "replace(name, ',', 'x') as \"NAME\" , id", true},
			{"name", "coalesce(lower(t.name), '') AS name, id + 0 AS other", true},
		} {
			ids, err := walkSelect(t, db, dialect, test.key, test.names)
			want := query(t, db, "SELECT '' || id FROM t ORDER BY "+strings.Replace(test.key, "t.", "", 1)+", id")
			switch {
			case test.refused && (err == nil || !strings.Contains(strings.ToLower(err.Error()), "a_sort_key_needs_its_table_where_query_select_computes_its_name")):
				t.Errorf("%v: %s of %q: %v (%v), want it refused", dialect, test.key, test.names, ids, err)
			case !test.refused && (err != nil || !slices.Equal(ids, want)):
				t.Errorf("%v: %s of %q: %v (%v), want %v", dialect, test.key, test.names, ids, err, want)
			}
		}
	}
}

// selected is a row of which Select says the name.
type selected struct {
	Name string `db:"name"`
	ID   int64  `db:"id"`
}

// walkSelect is the ids of a walk by key, and its first error.
func walkSelect(t *testing.T, db *sql.DB, dialect paging.Dialect, key, columns string) (ids []string, err error) {
	t.Helper()
	var expressions []paging.Column[selected]
	if strings.Contains(key, "(") {
		expressions = append(expressions, paging.Column[selected]{Name: key, Value: func(row selected) any { return row.Name }})
	}
	l := paging.MustNew(paging.Config{
		Name: "t", Dialect: dialect, Limit: 2, Codec: testCodec, Sorts: []paging.Sort{{Name: "it", Keys: paging.Keys(key, "id")}},
	}, expressions...)
	for o, more := mustParse(t, l.Config(), ""), true; more && len(ids) < 9; {
		stmt, args := l.SQL(o, paging.Query{Select: columns, From: "t", Key: "id"})
		rows, err := db.QueryContext(t.Context(), stmt, args...)
		if err != nil {
			return ids, err
		}
		p, err := l.Scan(o, rows)
		if err != nil {
			return ids, err
		}
		for _, row := range p.Items {
			ids = append(ids, fmt.Sprint(row.ID))
		}
		o, more = p.Target(paging.Next)
	}
	return ids, nil
}
