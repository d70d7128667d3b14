package paging_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/paging"
)

// Rows out of order are not always the fault of the query: the error names the types that are read as something else, and the type to
// read.
func TestRowsOutOfOrderNameTheType(t *testing.T) {
	at := time.Date(2026, 3, 29, 3, 30, 0, 0, time.UTC)
	for want, values := range map[string][2]any{
		"must be read into a string":             {[]byte("9"), []byte("10")},
		"must be read into an int64 or a string": {2.0, 1.0},
		"must be read in UTC":                    {at, at.Add(-time.Hour)},
	} {
		c := paging.MustConfig(paging.Config{Name: "rows", Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{key("v"), key("id")}}}, Codec: testCodec})
		for id, v := range map[string][2]any{"a later v": values, "a later id": {values[0], values[0]}} {
			_, err := paging.NewPage(mustParse(t, c, ""), []int{1, 0}, func(i int, column string) any {
				return map[string]any{"v": v[1-i], "id": i}[column]
			}, paging.Unknown())
			if err == nil || !strings.Contains(err.Error(), id) || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q and %q", err, id, want)
			}
		}
	}
}

// An id of 16 bytes is a sort key and a key of rows that are asked for again, in the modes in which pgx does not ask the database
// what it wants.
func TestUUIDsInEveryModeOfPgx(t *testing.T) {
	url := pgtest.Start(t).URL()
	for _, mode := range []string{"cache_statement", "exec", "simple_protocol"} {
		db, err := pgx.Connect(t.Context(), url+"&default_query_exec_mode="+mode)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close(context.Background()) }()
		type item struct {
			UID [16]byte `db:"uid"`
		}
		l := paging.MustNew[item](paging.Config{
			Name: "items", Dialect: paging.PostgreSQL, Codec: testCodec, Sorts: []paging.Sort{{Name: "it", Keys: paging.Keys("uid")}}, Limit: 2, Mode: paging.Either,
		})
		fetch := func(o paging.Options) paging.Page[item] {
			stmt, args := l.SQL(o, paging.Query{From: "(SELECT md5(i::text)::uuid AS uid FROM generate_series(1, 5) AS i) AS items", Key: "uid"})
			rows, _ := db.Query(t.Context(), stmt, args...) // CollectRows has its error
			items, err := pgx.CollectRows(rows, pgx.RowToStructByName[item])
			if err != nil {
				t.Fatalf("%s: %s: %v", mode, stmt, err)
			}
			p, err := l.Page(o, items)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		first := fetch(mustParse(t, l.Config(), "before=end"))
		prev, _ := first.Target(paging.Prev)
		if stmt, _ := l.SQL(prev, paging.Query{From: "items"}); !strings.Contains(stmt, "pg_typeof") {
			t.Errorf("a page of a list of the mode Either does not look at types: %s", stmt)
		}
		second := fetch(prev)
		keys := []any{first.Items[0].UID, second.Items[1].UID}
		if again := fetch(first.Options().Restrict(keys)); len(again.Items) != 2 || len(second.Items) != 2 {
			t.Errorf("%s: %d rows on the second page, %d found again", mode, len(second.Items), len(again.Items))
		}
	}
}
