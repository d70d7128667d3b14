package paging_test

import (
	"strings"
	"testing"

	"github.com/htmxlive/htmxlive/paging"
)

// A thousand keys of two columns find their rows on SQLite, which takes no expression of that depth, each by the index.
func TestRestrictByThousandsOfPairs(t *testing.T) {
	e := sqliteEngine(t)
	e.exec(t, "CREATE UNIQUE INDEX pairs ON entries (few, id)")
	rows := make([]row, 60)
	for i := range rows {
		rows[i] = row{ID: int64(i), Few: int64(i % 3), Blob: []byte{}}
	}
	e.insert(t, rows...)
	c := paging.MustConfig(paging.Config{Name: "rows", Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{key("id")}}}, Codec: testCodec})
	for _, n := range []int{99, 100, 101, 1000} {
		keys := make([]any, n)
		for i := range keys {
			keys[i] = [2]int64{int64(i % 3), int64(i)}
		}
		o := mustParse(t, c, "").Restrict(keys)
		query := paging.Query{Select: rowColumns, From: "entries", Key: "few, id"}
		stmt, args := o.SQL(paging.SQLite, query)
		if got := e.query(t, stmt, args...); len(got) != len(rows) {
			t.Errorf("%d pairs find %d rows of %d", n, len(got), len(rows))
		}
		for _, step := range e.plan(t, stmt, args) {
			if strings.Contains(step, "SCAN entries") {
				t.Errorf("%d pairs read all rows: %s", n, step)
			}
		}
	}
}
