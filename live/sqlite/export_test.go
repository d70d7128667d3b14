package sqlite

import (
	"context"
	"database/sql"
)

// Publisher is what a database needs of a keeper.
type Publisher = publisher

// LookEvery is the time between two looks for commits of other programs.
const LookEvery = lookEvery

// OpenWith is Open with another keeper, and with other functions than live.Reads and live.ReadsSnapshot.
func OpenWith(dsn string, keeper Publisher, reads, snapshot func(ctx context.Context, topics ...string)) (*sql.DB, error) {
	d, err := newDatabase(dsn, keeper)
	if err != nil {
		return nil, err
	}
	d.reads = recorders{reads: reads, snapshot: snapshot}
	return sql.OpenDB(d), nil
}
