package paging_test

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/htmxlive/htmxlive/paging"
)

// Task is a row of the lists below.
type Task struct {
	ID     int64      `db:"id"`
	Status string     `db:"status"`
	Due    *time.Time `db:"due"    nulls:"last"`
}

var pgxTasks = paging.MustNew[Task](paging.Config{
	Name:    "tasks",
	Dialect: paging.PostgreSQL,
	Sorts:   []paging.Sort{{Name: "due", Keys: paging.Keys("status", "-due", "-id")}},
	Codec:   testCodec,
})

func listWithPgx(ctx context.Context, db *pgx.Conn, o paging.Options) (paging.Page[Task], error) {
	stmt, args := pgxTasks.SQL(o, paging.Query{From: "tasks", Where: "id > $1", Args: []any{0}, Key: "id"})
	rows, _ := db.Query(ctx, stmt, args...) // CollectRows has its error
	tasks, err := pgx.CollectRows(rows, pgx.RowToStructByName[Task])
	if err != nil {
		return paging.Page[Task]{}, err
	}
	return pgxTasks.Page(o, tasks)
}
