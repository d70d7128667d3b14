package libraries_test

import (
	"context"

	"github.com/pilagod/gorm-cursor-paginator/v2/paginator"
	"gorm.io/gorm"
)

func listWithPaginator(ctx context.Context, db *gorm.DB, after, before *string, limit int) ([]Task, paginator.Cursor, error) {
	p := paginator.New(&paginator.Config{Limit: limit, Rules: []paginator.Rule{
		{Key: "Status", Order: paginator.ASC},
		{Key: "Due", Order: paginator.DESC, NULLReplacement: "0001-01-01"},
		{Key: "ID", Order: paginator.DESC},
	}})
	if after != nil {
		p.SetAfterCursor(*after)
	}
	if before != nil {
		p.SetBeforeCursor(*before)
	}
	var tasks []Task
	result, cursor, err := p.Paginate(db.WithContext(ctx).Where("id > ?", 0), &tasks)
	if err != nil {
		return nil, paginator.Cursor{}, err
	}
	return tasks, cursor, result.Error
}
