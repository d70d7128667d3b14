package paging_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

// after is the second page of a list in this order.
func after(t *testing.T, direction paging.Direction, keys ...paging.Key) paging.Options {
	t.Helper()
	return afterIn(t, paging.Config{}, direction, keys...)
}

// afterIn is after in a list of another Config.
func afterIn(t *testing.T, c paging.Config, direction paging.Direction, keys ...paging.Key) paging.Options {
	t.Helper()
	c.Name, c.Sorts, c.Limit, c.Codec = "rows", []paging.Sort{{Name: "it", Keys: keys}}, 2, testCodec
	c = paging.MustConfig(c)
	value := func(id int, column string) any {
		return map[string]any{"a": 1, "b": "x", "n": nil, "m": 5, "d": "12345678901234567890.125", "id": id}[column]
	}
	first, second := []int{6, 7, 8}, []int{8}
	if keys[len(keys)-1].Desc {
		first, second = []int{8, 7, 6}, []int{6}
	}
	p, err := paging.NewPage(mustParse(t, c, ""), first, value, paging.Unknown())
	if err != nil {
		t.Fatal(err)
	}
	next, _ := p.Target(paging.Next)
	if direction == paging.Next {
		return next
	}
	if p, err = paging.NewPage(next, second, value, paging.Unknown()); err != nil {
		t.Fatal(err)
	}
	prev, _ := p.Target(paging.Prev)
	return prev
}

func key(column string) paging.Key  { return paging.Key{Column: column} }
func desc(column string) paging.Key { return paging.Key{Column: column, Desc: true} }
func nullable(column string, n paging.Nulls) paging.Key {
	return paging.Key{Column: column, Nulls: n}
}

// The shapes are part of the promise: they are what makes deep pages cheap.
func TestShapes(t *testing.T) {
	for _, test := range []struct {
		name   string
		o      paging.Options
		where  string
		order  string
		ranges []string
	}{
		{
			"one column", after(t, paging.Next, key("id")),
			"(id > ?)", "id",
			[]string{"(id > ?)"},
		},
		{
			"one direction is a row value", after(t, paging.Next, desc("a"), desc("b"), desc("id")),
			"((a, b, id) < ( ?, ?, ?))", "a DESC, b DESC, id DESC",
			[]string{"((a, b, id) < ( ?, ?, ?))"},
		},
		{
			"back turns everything round", after(t, paging.Prev, desc("a"), desc("id")),
			"((a, id) > ( ?, ?))", "a, id",
			[]string{"((a, id) > ( ?, ?))"},
		},
		{
			"mixed directions are bounded, never a bare OR", after(t, paging.Next, key("a"), desc("id")),
			"(a >= ? AND (a > ? OR a = ? AND id < ?))", "a, id DESC",
			[]string{"(a = ? AND id < ?)", "(a > ?)"},
		},
		{
			"the even end of a mixed order is one row value", after(t, paging.Next, desc("a"), key("b"), key("id")),
			"(a <= ? AND (a < ? OR a = ? AND (b, id) > ( ?, ?)))", "a DESC, b, id",
			[]string{"(a = ? AND (b, id) > ( ?, ?))", "(a < ?)"},
		},
		{
			"values before NULLs", after(t, paging.Next, nullable("m", paging.NullsLast), key("id")),
			"((m >= ? OR m IS NULL) AND (m > ? OR m IS NULL OR m = ? AND id > ?))", "m NULLS LAST, id",
			[]string{"((m, id) > ( ?, ?))", "(m IS NULL)"},
		},
		{
			"values after NULLs", after(t, paging.Next, nullable("m", paging.NullsFirst), key("id")),
			"(m >= ? AND (m > ? OR m = ? AND id > ?))", "m NULLS FIRST, id",
			[]string{"((m, id) > ( ?, ?))"},
		},
		{
			"values before NULLs of a second column", after(t, paging.Next, key("a"), paging.Key{Column: "m", Desc: true, Nulls: paging.NullsLast}, desc("id")),
			"(a >= ? AND (a > ? OR a = ? AND (m <= ? OR m IS NULL) AND (m < ? OR m IS NULL OR m = ? AND id < ?)))", "a, m DESC NULLS LAST, id DESC",
			[]string{"(a = ? AND (m, id) < ( ?, ?))", "(a = ? AND m IS NULL)", "(a > ?)"},
		},
		{
			"and on the way back", after(t, paging.Prev, key("a"), paging.Key{Column: "m", Desc: true, Nulls: paging.NullsLast}, desc("id")),
			"(a <= ? AND (a < ? OR a = ? AND m >= ? AND (m > ? OR m = ? AND id > ?)))", "a DESC, m NULLS FIRST, id",
			[]string{"(a = ? AND (m, id) > ( ?, ?))", "(a < ?)"},
		},
		{
			"a nullable column may only begin a row value", after(t, paging.Next, key("a"), nullable("m", paging.NullsFirst), key("id")),
			"(a >= ? AND (a > ? OR a = ? AND m >= ? AND (m > ? OR m = ? AND id > ?)))", "a, m NULLS FIRST, id",
			[]string{"(a = ? AND (m, id) > ( ?, ?))", "(a > ?)"},
		},
		{
			"among the last NULLs", after(t, paging.Next, nullable("n", paging.NullsLast), key("id")),
			"(n IS NULL AND id > ?)", "n NULLS LAST, id",
			[]string{"(n IS NULL AND id > ?)"},
		},
		{
			"among the first NULLs", after(t, paging.Next, nullable("n", paging.NullsFirst), key("id")),
			"((n IS NOT NULL OR n IS NULL AND id > ?))", "n NULLS FIRST, id",
			[]string{"(n IS NULL AND id > ?)", "(n IS NOT NULL)"},
		},
		{
			"back from NULLs that come last", after(t, paging.Prev, nullable("n", paging.NullsLast), key("id")),
			"((n IS NOT NULL OR n IS NULL AND id < ?))", "n DESC NULLS FIRST, id DESC",
			[]string{"(n IS NULL AND id < ?)", "(n IS NOT NULL)"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.o.Clauses("id")
			if c.Where != test.where || c.OrderBy != test.order || c.Limit != 3 || strings.Count(c.Where, "?") != len(c.Args) {
				t.Errorf("WHERE %s\nORDER BY %s LIMIT %d with %v\nwant %s\n%s", c.Where, c.OrderBy, c.Limit, c.Args, test.where, test.order)
			}
			var ranges []string
			for _, s := range test.o.Segments(paging.PostgreSQL, "id") {
				ranges = append(ranges, s.Where)
				if strings.Contains(s.Where, " OR ") {
					t.Errorf("the range %s is two", s.Where)
				}
			}
			if !slices.Equal(ranges, test.ranges) {
				t.Errorf("ranges %q, want %q", ranges, test.ranges)
			}
		})
	}
}

func TestStatements(t *testing.T) {
	q := paging.Query{Select: "id", From: "t", Where: "team = $1 OR open", Args: []any{3}, Key: "id"}
	lite := q
	lite.Where = "team = ? OR open"
	mixed := after(t, paging.Next, key("a"), desc("id"))
	for _, test := range []struct {
		name string
		o    paging.Options
		d    paging.Dialect
		q    paging.Query
		sql  string
		args []any
	}{
		{
			"numbered", after(t, paging.Next, key("a"), key("id")), paging.PostgreSQL, q,
			"SELECT id FROM t WHERE (team = $1 OR open) AND ((a, id) > ( $2, $3)) ORDER BY a, id LIMIT 3",
			[]any{3, int64(1), int64(7)},
		},
		{
			"the caller's arguments once", mixed, paging.PostgreSQL, q,
			"SELECT * FROM (SELECT id FROM t WHERE (team = $1 OR open) AND (a = $2 AND id < $3) ORDER BY a, id DESC LIMIT 3) AS part1 UNION ALL " +
				"SELECT * FROM (SELECT id FROM t WHERE (team = $1 OR open) AND (a > $4) ORDER BY a, id DESC LIMIT 3) AS part2 LIMIT 3",
			[]any{3, int64(1), int64(7), int64(1)},
		},
		{
			"the caller's arguments in every part", mixed, paging.SQLite, lite,
			"SELECT * FROM (SELECT id FROM t WHERE (team = ? OR open) AND (a = ? AND id < ?) ORDER BY a, id DESC LIMIT 3) AS part1 UNION ALL " +
				"SELECT * FROM (SELECT id FROM t WHERE (team = ? OR open) AND (a > ?) ORDER BY a, id DESC LIMIT 3) AS part2 LIMIT 3",
			[]any{3, int64(1), int64(7), 3, int64(1)},
		},
		{
			"a nullable order from its first page on", mustParse(t, dueFirst(), ""), paging.SQLite,
			paging.Query{Select: "id", From: "t"},
			"SELECT * FROM (SELECT id FROM t WHERE (due IS NOT NULL) ORDER BY due, id LIMIT 3) AS part1 UNION ALL " +
				"SELECT * FROM (SELECT id FROM t WHERE (unlikely(due IS NULL)) ORDER BY due, id LIMIT 3) AS part2 LIMIT 3",
			nil,
		},
		{
			"by keys", mixed.Restrict([]any{int64(4), int64(2)}), paging.PostgreSQL, q,
			"SELECT id FROM t WHERE (team = $1 OR open) AND (id IN ( $2, $3)) ORDER BY a, id DESC LIMIT 2",
			[]any{3, int64(4), int64(2)},
		},
		{
			"by no keys", mixed.Restrict(nil), paging.PostgreSQL, q,
			"SELECT id FROM t WHERE (team = $1 OR open) AND (1 = 0) ORDER BY a, id DESC LIMIT 1",
			[]any{3},
		},
		{
			"by keys of two columns", mixed.Restrict([]any{[2]int{1, 2}, struct{ A, B int }{3, 4}}), paging.SQLite,
			paging.Query{Select: "id", From: "t", Key: "team, id"},
			"SELECT * FROM (SELECT id FROM t WHERE ((team = ? AND id = ? OR team = ? AND id = ?)) ORDER BY a, id DESC LIMIT 2) AS part1 LIMIT 2",
			[]any{1, 2, 3, 4},
		},
		{
			"the zero Options",
			paging.Options{},
			paging.SQLite,
			paging.Query{Select: "id", From: "t"},
			"SELECT * FROM (SELECT id FROM t LIMIT 26) AS part1 LIMIT 26", nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			sql, args := test.o.SQL(test.d, test.q)
			if sql != test.sql || !slices.Equal(args, test.args) {
				t.Errorf("%s\n%v\nwant\n%s\n%v", sql, args, test.sql, test.args)
			}
		})
	}
	if got := mixed.Clauses("id").Dollars(5).Where; got != "(a >= $5 AND (a > $6 OR a = $7 AND id < $8))" {
		t.Errorf("numbered from 5: %s", got)
	}
	if got := mixed.Restrict([]any{1, 2}).Clauses("id"); got.Where != "(id IN ( ?, ?))" || got.Limit != 2 {
		t.Errorf("restricted clauses: %+v", got)
	}
	if got := mustParse(t, inOrder(paging.Keyset), "").Clauses("id").Where; got != "1 = 1" {
		t.Errorf("the first page: %s", got)
	}
	if got := (paging.Sort{Keys: []paging.Key{desc("a"), nullable("n", paging.NullsLast), key("id")}}).Index(paging.PostgreSQL); got != "(a DESC, n NULLS LAST, id)" {
		t.Errorf("index %s", got)
	}
}

func TestCountStatements(t *testing.T) {
	c := inOrder(paging.Offset)
	q := paging.Query{Select: "id", From: "t", Where: "team = $1", Args: []any{3}}
	if sql, args := mustParse(t, c, "").CountSQL(paging.PostgreSQL, q); sql != "SELECT count(*) FROM t WHERE team = $1" || len(args) != 1 {
		t.Errorf("%s %v", sql, args)
	}
	c.CountCap = 10
	if sql, _ := mustParse(t, c, "").CountSQL(paging.PostgreSQL, q); sql != "SELECT count(*) FROM (SELECT 1 FROM t WHERE team = $1 LIMIT 11) AS counted" {
		t.Errorf("%s", sql)
	}
}

// A mistake in the program is an error of the database with a name that explains it, not a panic in a request.
func TestKeysThatDoNotFitTheColumns(t *testing.T) {
	e := sqliteEngine(t)
	o := mustParse(t, inOrder(paging.Keyset), "").Restrict([]any{[2]int64{1, 2}})
	stmt, args := o.SQL(paging.SQLite, paging.Query{Select: "id", From: "entries", Key: "id"})
	_, err := e.db.ExecContext(t.Context(), stmt, args...)
	if err == nil || !strings.Contains(err.Error(), "key_of_1_columns_has_2_values") {
		t.Errorf("error %v", err)
	}
}
