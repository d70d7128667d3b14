package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// changeTime is how long one change may take, the wait for other writers included.
const changeTime = 5 * time.Second

// change runs fn in a transaction and commits it. It does so also when ctx ends: a browser that leaves, in the middle of a
// commit too, changes nothing about what has been asked for.
func (db *DB) change(ctx context.Context, fn func(ctx context.Context, tx conn) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), changeTime)
	defer cancel()
	return db.transact(ctx, fn)
}

// transact runs fn in a transaction and commits it, unless ctx ends first.
func (db *DB) transact(ctx context.Context, fn func(ctx context.Context, tx conn) error) error {
	sqlTx, err := db.writes.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer sqlTx.Rollback() // after a commit there is nothing to roll back
	if err := fn(ctx, conn{sqlTx, db.dialect}); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// read is the connection for queries that change nothing. A page follows what they read under the context of its fetch.
func (db *DB) read() conn { return conn{db.reads, db.dialect} }

// A conn is a pool or a transaction that takes queries written with question marks.
type conn struct {
	db interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
		QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	}
	dialect dialect
}

func (c conn) exec(ctx context.Context, query string, args ...any) error {
	_, err := c.db.ExecContext(ctx, c.dialect.bind(query), args...)
	return err
}

func (c conn) row(ctx context.Context, query string, args ...any) *sql.Row {
	return c.db.QueryRowContext(ctx, c.dialect.bind(query), args...)
}

// collect runs a query and scans each of its rows.
func collect[T any](ctx context.Context, c conn, scan func(scan func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	rows, err := c.db.QueryContext(ctx, c.dialect.bind(query), args...)
	if err != nil {
		return nil, err
	}
	return scanAll(rows, scan)
}

func scanAll[T any](rows *sql.Rows, scan func(scan func(...any) error) (T, error)) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
