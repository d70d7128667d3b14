package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver named pgx
	_ "modernc.org/sqlite"             // the driver named sqlite
)

// DB is an open helpdesk. Its methods may be called at the same time from many goroutines.
type DB struct {
	dialect dialect
	reads   *sql.DB
	writes  *sql.DB // SQLite allows one writer: one connection waits in Go instead of failing in C
	publish func(ctx context.Context, topics ...string)
}

// Open opens the helpdesk at target, a postgres:// URL or the path of an SQLite file (made when it is not there), and
// brings its tables up to date.
func Open(ctx context.Context, target string) (*DB, error) {
	db := &DB{publish: func(context.Context, ...string) {}}
	var err error
	if isPostgres(target) {
		err = db.openPostgres(target)
	} else {
		err = db.openSQLite(ctx, target)
	}
	if err == nil {
		err = db.migrate(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", redact(target), err), db.Close())
	}
	return db, nil
}

func isPostgres(target string) bool {
	return strings.HasPrefix(target, "postgres://") || strings.HasPrefix(target, "postgresql://")
}

// redact is target without a password, for messages.
func redact(target string) string {
	if u, err := url.Parse(target); err == nil && isPostgres(target) {
		return u.Redacted()
	}
	return target
}

func (db *DB) openPostgres(target string) (err error) {
	db.dialect = postgres()
	db.reads, err = sql.Open("pgx", target)
	if err != nil {
		return err
	}
	db.reads.SetMaxOpenConns(16)
	db.reads.SetMaxIdleConns(16)
	db.writes = db.reads
	return nil
}

// openSQLite opens the file twice: readers never wait for the writer (WAL), and the writer takes its lock when its
// transaction begins (immediate), so that no transaction fails half-way because another one wrote first.
func (db *DB) openSQLite(ctx context.Context, path string) (err error) {
	db.dialect = sqlite()
	if err := makePrivate(ctx, path); err != nil {
		return err
	}
	file := "file:" + (&url.URL{Path: path}).EscapedPath() + "?"
	pragmas := url.Values{"_pragma": {
		"journal_mode(WAL)",
		"synchronous(NORMAL)", // safe in WAL: a power cut may lose the last commits, never the file
		"busy_timeout(5000)",  // another process may be writing
		"foreign_keys(ON)",
		"cache_size(-16000)", // 16 MB a connection
		"temp_store(MEMORY)",
	}}
	db.reads, err = sql.Open("sqlite", file+pragmas.Encode())
	if err != nil {
		return err
	}
	db.reads.SetMaxOpenConns(max(4, runtime.NumCPU()))
	db.reads.SetMaxIdleConns(max(4, runtime.NumCPU()))
	pragmas.Set("_txlock", "immediate")
	db.writes, err = sql.Open("sqlite", file+pragmas.Encode())
	if err != nil {
		return err
	}
	db.writes.SetMaxOpenConns(1)
	return nil
}

// Engine names the database engine, sqlite or postgres.
func (db *DB) Engine() string { return db.dialect.name }

// Ping asks the database whether it is there.
func (db *DB) Ping(ctx context.Context) error { return db.reads.PingContext(ctx) }

// OnChange names the function that is told the topics of every committed change. Call it before the first change.
func (db *DB) OnChange(publish func(ctx context.Context, topics ...string)) { db.publish = publish }

// Close closes every connection.
func (db *DB) Close() error {
	var errs []error
	if db.writes != nil && db.writes != db.reads {
		errs = append(errs, db.writes.Close())
	}
	if db.reads != nil {
		errs = append(errs, db.reads.Close())
	}
	return errors.Join(errs...)
}

// change runs fn in a transaction, commits it, and then publishes the topics that fn named.
func (db *DB) change(ctx context.Context, fn func(tx conn) (topics []string, err error)) error {
	sqlTx, err := db.writes.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer sqlTx.Rollback() // after a commit there is nothing to roll back
	topics, err := fn(conn{sqlTx, db.dialect})
	if err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	if len(topics) > 0 {
		db.publish(ctx, topics...)
	}
	return nil
}

// read is the connection for queries that change nothing.
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
