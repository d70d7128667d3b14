package store

import (
	"context"
	"strings"
)

// batchRows is how many rows one INSERT carries: enough to make its cost vanish, few enough for every engine's limit
// of placeholders (SQLite has the lowest, 32766).
const batchRows = 500

// A batch inserts many rows with few statements.
type batch struct {
	conn    conn
	after   *batch // is flushed first, because these rows refer to its rows; may be nil
	into    string
	columns int
	args    []any
}

func newBatch(c conn, table string, columns ...string) *batch {
	return &batch{conn: c, into: "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES ", columns: len(columns)}
}

// add takes one row; it is inserted when the batch is full, or by flush.
func (b *batch) add(ctx context.Context, row ...any) error {
	b.args = append(b.args, row...)
	if len(b.args) < batchRows*b.columns {
		return nil
	}
	return b.flush(ctx)
}

// flush inserts what has been added since.
func (b *batch) flush(ctx context.Context) error {
	if b.after != nil {
		if err := b.after.flush(ctx); err != nil {
			return err
		}
	}
	rows := len(b.args) / b.columns
	if rows == 0 {
		return nil
	}
	one := "(" + strings.Repeat("?, ", b.columns-1) + "?)"
	query := b.into + strings.Repeat(one+", ", rows-1) + one
	err := b.conn.exec(ctx, query, b.args...)
	b.args = b.args[:0]
	return err
}
