package paging_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/paging"
)

// pgx without database/sql, as most programs use it.
func TestPgx(t *testing.T) {
	conn, err := pgx.Connect(t.Context(), pgtest.Start(t).URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { err = errors.Join(err, conn.Close(t.Context())) }()
	_, err = conn.Exec(t.Context(), `CREATE TABLE t AS SELECT id, id % 3 AS team, now() + id % 2 * interval '1 microsecond' AS created,
		gen_random_uuid() AS uid, (id % 5)::numeric / 10 AS price, CASE WHEN id % 4 > 0 THEN 'p' || id % 4 END AS label FROM generate_series(1, 100) AS id`)
	if err != nil {
		t.Fatal(err)
	}
	type item struct {
		ID    int64
		UID   [16]byte
		Price string
		Label *string
	}
	value := func(i item, column string) any {
		return map[string]any{"id": i.ID, "uid": i.UID, "price": i.Price, "label": i.Label}[column]
	}
	for _, keys := range [][]paging.Key{
		{desc("price"), key("id")},
		{key("uid")},
		{nullable("label", paging.NullsFirst), desc("price"), key("uid")},
	} {
		c := paging.MustConfig(paging.Config{Name: "rows", Sorts: []paging.Sort{{Name: "it", Keys: keys}}, Limit: 7, Codec: testCodec})
		o, more := mustParse(t, c, ""), true
		var got []int64
		for more && len(got) <= 100 {
			stmt, args := o.SQL(paging.PostgreSQL, paging.Query{
				Select: "id, uid, price::text, label", From: "t", Where: "team = $1", Args: []any{1}, Key: "id",
			})
			rows, err := conn.Query(t.Context(), stmt, args...)
			if err != nil {
				t.Fatal(err)
			}
			items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[item])
			if err != nil {
				t.Fatalf("%s: %v", stmt, err)
			}
			p, err := paging.NewPage(o, items, value, paging.Unknown())
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range p.Items {
				got = append(got, i.ID)
			}
			o, more = p.Target(paging.Next)
		}
		var want []int64
		if err := conn.QueryRow(t.Context(), "SELECT array_agg(id ORDER BY "+mustParse(t, c, "").Clauses("id").OrderBy+") FROM t WHERE team = 1").Scan(&want); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) || len(got) != 34 {
			t.Errorf("%v:\ngot  %v\nwant %v", keys, got, want)
		}
	}
}
