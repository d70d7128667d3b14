package paging_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/paging"
)

// Dates that never come, in each form in which pgx gives them, and in each of its modes.
func TestInfinityOfPgx(t *testing.T) {
	url := pgtest.Start(t).URL()
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			db, err := pgx.Connect(t.Context(), url+"&default_query_exec_mode="+mode)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close(context.Background()) }()
			for kind, scan := range map[string]func() any{
				"timestamptz": func() any { return new(pgtype.Timestamptz) },
				"timestamp":   func() any { return new(pgtype.Timestamp) },
				"date":        func() any { return new(pgtype.Date) },
				"interval":    func() any { return new(pgtype.Interval) },
				"any":         func() any { return new(any) },
				"any date":    func() any { return new(any) },
			} {
				column := map[string]string{"any": "timestamptz", "any date": "date"}[kind]
				if column == "" {
					column = kind
				}
				table := "of_" + strings.ReplaceAll(kind, " ", "_") // a plan that pgx keeps holds for one type
				values := "('infinity'), ('-infinity'), ('2026-01-01'), ('2026-01-02')"
				if column == "interval" {
					values = "('1 mon'), ('29 days'), ('1 second'), ('-1 year')"
				}
				if _, err := db.Exec(t.Context(), "DROP TABLE IF EXISTS "+table+"; CREATE TABLE "+table+" AS SELECT row_number() OVER () AS id, v::"+column+
					" FROM (VALUES "+strings.Repeat(values+", ", 2)+values+") AS t(v)"); err != nil {
					t.Fatal(err)
				}
				walkPgx(t, db, table, scan)
			}
		})
	}
}

func walkPgx(t *testing.T, db *pgx.Conn, table string, scan func() any) {
	t.Helper()
	for _, descending := range []bool{false, true} {
		c := paging.MustConfig(paging.Config{Name: "rows", Dialect: paging.PostgreSQL, Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{{Column: "v", Desc: descending}, {Column: "id"}}}}, Limit: 2, Codec: testCodec})
		rows, _ := db.Query(t.Context(), "SELECT id FROM "+table+" ORDER BY v"+map[bool]string{true: " DESC"}[descending]+", id")
		want, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for o, more := mustParse(t, c, ""), true; more && len(got) <= len(want); {
			stmt, args := o.SQL(paging.PostgreSQL, paging.Query{Select: "id, v", From: table, Key: "id"})
			rows, _ := db.Query(t.Context(), stmt, args...)
			items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (typed[any], error) {
				item := typed[any]{V: scan()}
				return item, row.Scan(&item.ID, item.V)
			})
			if err != nil {
				t.Errorf("%s %v: %v", stmt, args, err)
				return
			}
			p, err := paging.NewPage(o, items, func(item typed[any], column string) any {
				return map[string]any{"id": item.ID, "v": item.V}[column]
			}, paging.Unknown())
			if err != nil {
				t.Errorf("%s: %v", table, err)
				return
			}
			for _, item := range p.Items {
				got = append(got, item.ID)
			}
			o, more = p.Target(paging.Next)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s descending %t:\ngot  %v\nwant %v", table, descending, got, want)
		}
	}
}
