package paging_test

import (
	"context"
	"database/sql"

	"github.com/htmxlive/htmxlive/paging"
)

var sqlTasks = paging.MustNew[Task](paging.Config{
	Name:    "tasks",
	Dialect: paging.SQLite,
	Sorts: []paging.Sort{{Name: "due", Keys: []paging.Key{
		{Column: "status"}, {Column: "due", Desc: true, Layout: paging.LayoutSQLite}, {Column: "id", Desc: true},
	}}},
	Codec: testCodec,
})

func listWithSQL(ctx context.Context, db *sql.DB, o paging.Options) (paging.Page[Task], error) {
	stmt, args := sqlTasks.SQL(o, paging.Query{From: "tasks", Where: "id > ?", Args: []any{0}, Key: "id"})
	rows, err := db.QueryContext(ctx, stmt, args...)
	if err != nil {
		return paging.Page[Task]{}, err
	}
	return sqlTasks.Scan(o, rows)
}
