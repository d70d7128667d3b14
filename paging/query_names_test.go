package paging_test

import (
	"database/sql"
	"slices"
	"strconv"
	"strings"
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
		"id > $2 AND team = $1 AND team = $1":       {1, 5},
		"team = ? /* ?1, :a */ AND id > ? -- @b\n":  {1, 5},
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

// A query that would take one argument for another on a later page is an error of the first one.
func TestSQLiteRefusesPlaceholdersThatMixUp(t *testing.T) {
	type row struct {
		ID  int64 `db:"id"`
		Few int64 `db:"few"`
	}
	rows := paging.MustNew[row](paging.Config{Name: "t", Dialect: paging.SQLite, Limit: 3, Codec: testCodec, Sorts: []paging.Sort{{Name: "it", Keys: paging.Keys("-few", "id")}}})
	db := openDB(t, "sqlite", ":memory:")
	mustExec(t, db, "CREATE TABLE t (id INTEGER, few INTEGER, team INTEGER)")
	fetch := func(o paging.Options, q paging.Query) error {
		stmt, args := rows.SQL(o, q)
		_, err := db.ExecContext(t.Context(), stmt, args...)
		return err
	}
	first, err := rows.Parse(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := rows.Page(first, []row{{5, 3}, {6, 3}, {7, 3}, {8, 3}})
	if err != nil {
		t.Fatal(err)
	}
	second, _ := p.Target(paging.Next)
	team, least := sql.Named("team", 1), sql.Named("least", 5)
	for _, test := range []struct {
		where string
		args  []any
		want  string
	}{
		{"team = ? AND id > ?2", []any{1, 5}, "placeholders_of_one_kind"},
		{"team = ?1 AND id > $2", []any{1, 5}, "placeholders_of_one_kind"},
		{"team = ?1 AND id > :least", []any{1, least}, "placeholders_of_one_kind"},
		{"team = ? AND id > @least", []any{1, least}, "placeholders_of_one_kind"},
		{"team = ? AND id > ?", []any{team, least}, "a_sql_Named_for_each_name"},
		{"team = :team AND id > @least", []any{1, 5}, "a_sql_Named_for_each_name"},
		{"team = :team AND id > @least", []any{team, 5}, "a_sql_Named_for_each_name"},
		{"team = ?", []any{1, 5}, "one_value_in_Args"},
		{"team = ?1", []any{1, 5}, "one_value_in_Args"},
		{"team = ? AND '?' <> \"?\"", []any{1, 5}, "one_value_in_Args"},
		{"team = ? AND id > ?", []any{1, 5}, ""},
	} {
		for page, o := range map[string]paging.Options{"first": first, "second": second, "restricted": first.Restrict([]any{1})} {
			err := fetch(o, paging.Query{From: "t", Where: test.where, Args: test.args, Key: "id"})
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s with %v on the %s page: %v, want %q", test.where, test.args, page, err, test.want)
			}
		}
	}
}
