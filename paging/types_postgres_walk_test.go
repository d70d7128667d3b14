package paging_test

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/paging"
)

// pgWay is a mode of pgx, with database/sql where db is set. The modes that are left out differ by what they keep.
type pgWay struct {
	name string
	db   *sql.DB
	conn *pgx.Conn
}

func pgWays(t *testing.T, url string) []pgWay {
	t.Helper()
	var ways []pgWay
	for _, mode := range []string{"cache_statement", "exec", "simple_protocol"} {
		conn, err := pgx.Connect(t.Context(), url+"&default_query_exec_mode="+mode)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
		ways = append(ways, pgWay{name: "pgx in " + mode, conn: conn},
			pgWay{name: "database/sql in " + mode, db: openDB(t, "pgx", url+"&default_query_exec_mode="+mode)})
	}
	return ways
}

// walked is how far a walk came.
type walked struct {
	ids, want []string
	page      int
	err       error
}

// walkPostgres walks a table by v in both orders, until it fails.
func walkPostgres[V any](t *testing.T, w pgWay, table string) (out walked) {
	t.Helper()
	for _, desc := range []bool{false, true} {
		k := paging.Key{Column: "v", Desc: desc}
		if v := reflect.TypeFor[V](); v.Kind() == reflect.Pointer || v.PkgPath() == "database/sql" {
			k.Nulls = paging.NullsFirst
		}
		l, err := paging.New[typed[V]](paging.Config{
			Name: "rows", Dialect: paging.PostgreSQL, Sorts: []paging.Sort{{Name: "it", Keys: []paging.Key{k, {Column: "id"}}}}, Limit: 2, Codec: testCodec,
		})
		if err != nil {
			return walked{page: 1, err: err}
		}
		o := mustParse(t, l.Config(), "")
		out = walked{want: w.ids(t, "SELECT id FROM "+table+" ORDER BY "+o.Clauses("id").OrderBy)}
		for more := true; more && len(out.ids) <= len(out.want); {
			out.page++
			p, err := fetchTyped(t, w, l, o, table)
			if err != nil {
				out.err = err
				return out
			}
			for _, item := range p.Items {
				out.ids = append(out.ids, fmt.Sprint(item.ID))
			}
			o, more = p.Target(paging.Next)
		}
		if !slices.Equal(out.ids, out.want) {
			return out
		}
	}
	return out
}

func fetchTyped[V any](t *testing.T, w pgWay, l *paging.List[typed[V]], o paging.Options, table string) (paging.Page[typed[V]], error) {
	t.Helper()
	stmt, args := l.SQL(o, paging.Query{From: table, Key: "id"})
	if w.db == nil {
		rows, _ := w.conn.Query(t.Context(), stmt, args...) // CollectRows has its error
		items, err := pgx.CollectRows(rows, pgx.RowToStructByName[typed[V]])
		if err != nil {
			return paging.Page[typed[V]]{}, err
		}
		return l.Page(o, items)
	}
	rows, err := w.db.QueryContext(t.Context(), stmt, args...)
	if err != nil {
		return paging.Page[typed[V]]{}, err
	}
	return l.Scan(o, rows)
}

func (w pgWay) ids(t *testing.T, stmt string) []string {
	t.Helper()
	if w.db != nil {
		return query(t, w.db, stmt)
	}
	rows, _ := w.conn.Query(t.Context(), strings.Replace(stmt, "SELECT id", "SELECT '' || id", 1))
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return ids
}
