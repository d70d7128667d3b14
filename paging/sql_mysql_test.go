package paging_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

// How MySQL is asked for the page after a row, as one condition and as ranges.
func TestMySQLStatements(t *testing.T) {
	for _, test := range []struct {
		name   string
		way    paging.Direction
		keys   []paging.Key
		where  string
		order  string
		ranges []string
	}{
		{
			"alternatives, and no row values", paging.Next,
			[]paging.Key{desc("a"), desc("id")},
			"(a = ? AND id < ? OR a < ?)", "a DESC, id DESC",
			[]string{"(a = ? AND id < ? OR a < ?) a DESC, id DESC"},
		},
		{
			"NULLs where it has them", paging.Next,
			[]paging.Key{key("a"), nullable("m", paging.NullsFirst), key("id")},
			"(a = ? AND m = ? AND id > ? OR a = ? AND m > ? OR a > ?)", "a, m, id",
			[]string{"(a = ? AND m = ? AND id > ? OR a = ? AND m > ? OR a > ?) a, m, id"},
		},
		{
			"and on the way back", paging.Prev,
			[]paging.Key{key("a"), nullable("m", paging.NullsFirst), key("id")},
			"(a = ? AND m = ? AND id < ? OR a = ? AND m < ? OR a = ? AND m IS NULL OR a < ?)", "a DESC, m DESC, id DESC",
			[]string{"(a = ? AND m = ? AND id < ? OR a = ? AND m < ? OR a = ? AND m IS NULL OR a < ?) a DESC, m DESC, id DESC"},
		},
		{
			"NULLs at the other end, of the first key", paging.Next,
			[]paging.Key{nullable("m", paging.NullsLast), key("id")},
			"(m = ? AND id > ? OR m > ? OR m IS NULL)", "m IS NULL, m, id",
			[]string{"(m = ? AND id > ? OR m > ?) m, id", "(m IS NULL OR m < NULL) m, id"},
		},
		{
			"and on the way back", paging.Prev,
			[]paging.Key{nullable("m", paging.NullsLast), key("id")},
			"(m = ? AND id < ? OR m < ?)", "m IS NULL DESC, m DESC, id DESC",
			[]string{"(m = ? AND id < ? OR m < ?) m DESC, id DESC"},
		},
		{
			"among the last NULLs", paging.Next,
			[]paging.Key{{Column: "n", Desc: true, Nulls: paging.NullsLast}, key("id")},
			"(n IS NULL AND id > ? OR n < NULL)", "n DESC, id",
			[]string{"(n IS NULL AND id > ? OR n < NULL) n DESC, id"},
		},
		{
			"a number that is given as text", paging.Next,
			[]paging.Key{{Column: "d", Type: paging.Decimal}, key("id")},
			"(d = CAST(? AS DECIMAL(65,3)) AND id > ? OR d > CAST(? AS DECIMAL(65,3)))", "d, id",
			[]string{"(d = CAST(? AS DECIMAL(65,3)) AND id > ? OR d > CAST(? AS DECIMAL(65,3))) d, id"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := afterIn(t, paging.Config{Dialect: paging.MySQL}, test.way, test.keys...)
			c := o.Clauses("id")
			if c.Where != test.where || c.OrderBy != test.order {
				t.Errorf("%s ORDER BY %s\nwant %s ORDER BY %s", c.Where, c.OrderBy, test.where, test.order)
			}
			var got []string
			for _, s := range o.Segments(paging.MySQL, "id") {
				got = append(got, s.Where+" "+s.OrderBy)
			}
			if !slices.Equal(got, test.ranges) {
				t.Errorf("ranges\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.ranges, "\n"))
			}
			sql, args := o.SQL(paging.MySQL, paging.Query{Select: "id", From: "t", Where: "team = ?", Args: []any{3}})
			if strings.Count(sql, "?") != len(args) || strings.Count(sql, "SELECT id FROM t WHERE (team = ?) AND ") != len(test.ranges) || strings.Count(sql, "?) AND ((") > 0 {
				t.Errorf("%s\n%v", sql, args)
			}
		})
	}
}

// MySQL's indexes have NULLs in one place only, as SQLite's have: an order that has them elsewhere in another than its first
// key is refused, where the list is made and where SQL is written.
func TestPlacesOfNULLsWithoutAnIndex(t *testing.T) {
	for _, test := range []struct {
		keys []paging.Key
		ok   bool
	}{
		{[]paging.Key{key("a"), nullable("n", paging.NullsFirst), key("id")}, true},
		{[]paging.Key{key("a"), {Column: "n", Desc: true, Nulls: paging.NullsLast}, key("id")}, true},
		{[]paging.Key{nullable("n", paging.NullsLast), key("id")}, true},
		{[]paging.Key{key("a"), nullable("n", paging.NullsLast), key("id")}, false},
		{[]paging.Key{key("a"), {Column: "n", Desc: true, Nulls: paging.NullsFirst}, key("id")}, false},
	} {
		for _, d := range []paging.Dialect{paging.SQLite, paging.MySQL} {
			c := paging.Config{Name: "rows", Dialect: d, Sorts: []paging.Sort{{Name: "it", Keys: test.keys}}, Codec: testCodec}
			_, err := c.Parse(nil, "")
			if test.ok && err != nil || !test.ok && (err == nil || !strings.Contains(err.Error(), "paging: "+d.String()+" has no index")) {
				t.Errorf("%s %s: %v", d, describe(c.Sorts[0]), err)
			}
			if native := map[bool]string{false: "own order has NULLS FIRST", true: "own order has NULLS LAST"}[test.keys[1].Desc]; !test.ok && !strings.Contains(err.Error(), native) {
				t.Errorf("%v, want %q", err, native)
			}
			c.Dialect = 0
			stmt, _ := mustParse(t, c, "").SQL(d, paging.Query{Select: "id", From: "t"})
			if strings.Contains(stmt, "needs_Config_AllowSort_on_"+d.String()) == test.ok {
				t.Errorf("%s: %s", d, stmt)
			}
			c.Dialect, c.AllowSort = d, true
			if _, err := c.Parse(nil, ""); err != nil {
				t.Errorf("allowed, and %v", err)
			}
		}
	}
}
