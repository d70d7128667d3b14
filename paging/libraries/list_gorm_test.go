package libraries_test

import (
	"context"

	"gorm.io/gorm"

	"github.com/htmxlive/htmxlive/paging"
)

var gormTasks = paging.MustNew[Task](paging.Config{
	Name:    "tasks",
	Dialect: paging.PostgreSQL,
	Sorts:   []paging.Sort{{Name: "due", Keys: paging.Keys("status", "-due", "-id")}},
	Codec:   testCodec,
})

func listWithGorm(ctx context.Context, db *gorm.DB, o paging.Options) (paging.Page[Task], error) {
	c, tasks := o.Clauses("id"), []Task(nil)
	db = db.WithContext(ctx).Where("id > ?", 0).Where(c.Where, c.Args...).Order(c.OrderBy).Limit(c.Limit).Offset(c.Offset)
	if err := db.Find(&tasks).Error; err != nil {
		return paging.Page[Task]{}, err
	}
	return gormTasks.Page(o, tasks)
}
