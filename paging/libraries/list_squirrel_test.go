package libraries_test

import (
	"context"
	"database/sql"

	sq "github.com/Masterminds/squirrel"

	"github.com/htmxlive/htmxlive/paging"
)

var squirrelTasks = paging.MustNew[Task](paging.Config{
	Name:    "tasks",
	Dialect: paging.PostgreSQL,
	Sorts:   []paging.Sort{{Name: "due", Keys: paging.Keys("status", "-due", "-id")}},
	Codec:   testCodec,
})

func listWithSquirrel(ctx context.Context, db *sql.DB, o paging.Options) (paging.Page[Task], error) {
	c := o.Clauses("id")
	q := sq.Select("id", "status", "due").From("tasks").Where("id > ?", 0).Where(c.Where, c.Args...).OrderBy(c.OrderBy)
	q = q.Limit(uint64(c.Limit)).Offset(uint64(c.Offset)).PlaceholderFormat(sq.Dollar).RunWith(db)
	rows, err := q.QueryContext(ctx)
	if err != nil {
		return paging.Page[Task]{}, err
	}
	return squirrelTasks.Scan(o, rows)
}
