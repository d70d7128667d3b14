package libraries_test

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/paging"
	"github.com/htmxlive/htmxlive/paging/libraries/tasksdb"
)

var sqlcTasks = paging.MustNew[tasksdb.Task](paging.Config{
	Name:    "tasks",
	Dialect: paging.PostgreSQL,
	Sorts: []paging.Sort{{Name: "due", Keys: []paging.Key{
		{Column: "status"}, {Column: "due", Desc: true, Nulls: paging.NullsLast}, {Column: "id", Desc: true},
	}}},
	Codec: testCodec,
})

func listWithSqlc(ctx context.Context, db *pgx.Conn, o paging.Options) (paging.Page[tasksdb.Task], error) {
	stmt, args := sqlcTasks.SQL(o, paging.Query{From: "(" + tasksdb.TasksFrom + ") AS q", Args: []any{0}, Key: "id"})
	rows, _ := db.Query(ctx, stmt, args...) // CollectRows has its error
	tasks, err := pgx.CollectRows(rows, pgx.RowToStructByName[tasksdb.Task])
	if err != nil {
		return paging.Page[tasksdb.Task]{}, err
	}
	return sqlcTasks.Page(o, tasks)
}
