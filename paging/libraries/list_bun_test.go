package libraries_test

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/htmxlive/htmxlive/paging"
)

var bunTasks = paging.MustNew[Task](paging.Config{
	Name:    "tasks",
	Dialect: paging.PostgreSQL,
	Sorts:   []paging.Sort{{Name: "due", Keys: paging.Keys("status", "-due", "-id")}},
	Codec:   testCodec,
})

func listWithBun(ctx context.Context, db *bun.DB, o paging.Options) (paging.Page[Task], error) {
	c, tasks := o.Clauses("id"), []Task(nil)
	q := db.NewSelect().Model(&tasks).Where("id > ?", 0).Where(c.Where, c.Args...)
	if err := q.OrderExpr(c.OrderBy).Limit(int64(c.Limit)).Offset(int64(c.Offset)).Scan(ctx); err != nil {
		return paging.Page[Task]{}, err
	}
	return bunTasks.Page(o, tasks)
}
