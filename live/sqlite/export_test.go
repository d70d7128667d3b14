package sqlite

import (
	"context"
	"database/sql"
)

// Publisher is what a database needs of a keeper.
type Publisher = publisher

// OpenWith is Open with another keeper, and with other functions than live.Reads and live.ReadsSnapshot. What it returns
// besides looks for commits of other programs, as the watcher does now and then.
func OpenWith(dsn string, keeper Publisher, reads, snapshot func(ctx context.Context, topics ...string)) (db *sql.DB, look func(), err error) {
	d, err := newDatabase(dsn, keeper)
	if err != nil {
		return nil, nil, err
	}
	d.reads = recorders{recording: func(context.Context) bool { return true }, reads: reads, snapshot: snapshot}
	return sql.OpenDB(d), func() { d.look(context.Background(), false) }, nil
}
