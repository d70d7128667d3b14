package paging_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

// A query builder's statement ends at a time in another form, as that of SQL does, and a time without a layout is refused.
func TestClausesGuardTimesInText(t *testing.T) {
	for name, test := range map[string]struct{ fifth, layout, fails string }{
		"in its layout":        {"''", paging.LayoutSQLite, ""},
		"another writer's row": {"'.5'", paging.LayoutSQLite, "in another form"},
		"no layout":            {"''", "", "Key.Layout"},
	} {
		db := openDB(t, "sqlite", ":memory:")
		mustExec(t, db, "CREATE TABLE events (id INTEGER PRIMARY KEY, at_ TIMESTAMP)")
		mustExec(t, db, `INSERT INTO events WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 6)
			SELECT id, datetime('2026-01-01', (id / 2) || ' seconds') || CASE id WHEN 5 THEN `+test.fifth+` ELSE '' END FROM n`)
		c := paging.MustConfig(paging.Config{
			Name: "events", Dialect: paging.SQLite, Limit: 2, Codec: testCodec,
			Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{{Column: "at_", Layout: test.layout}, {Column: "id"}}}},
		})
		var got []int64
		var err error
		for o, more := mustParse(t, c, ""), true; more && err == nil && len(got) < 100; {
			var events []event
			var p paging.Page[event]
			parts := o.Clauses("id")
			stmt := fmt.Sprintf("SELECT id, at_ FROM events WHERE %s ORDER BY %s LIMIT %d", parts.Where, parts.OrderBy, parts.Limit)
			if events, err = scanEvents(t, db, stmt, parts.Args); err != nil {
				break
			}
			if p, err = paging.NewPage(o, events, eventColumn, paging.Unknown()); err != nil {
				break
			}
			for _, e := range p.Items {
				got = append(got, e.ID)
			}
			o, more = p.Target(paging.Next)
		}
		if test.fails == "" && (err != nil || !slices.Equal(got, []int64{1, 2, 3, 4, 5, 6})) || test.fails != "" && (err == nil || !strings.Contains(err.Error(), test.fails)) {
			t.Errorf("%s: %v (%v), want %q", name, got, err, test.fails)
		}
	}
	// Where the dialect says nothing of a mistake at once, the statement does.
	late := paging.MustConfig(paging.Config{Name: "events", Dialect: paging.InMemory, Codec: testCodec, Sorts: []paging.Sort{{Name: "it", Keys: paging.Keys("id")}}})
	if c := mustParse(t, late, "").Clauses("id"); !strings.Contains(c.Where, "InMemory") {
		t.Errorf("a list in memory writes %s", c.Where)
	}
}
