package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"
)

// Publisher is what a database needs of a keeper.
type Publisher = publisher

// Fetches hears what is read, in place of live.Reads, live.ReadsSnapshot and live.ReadsClock.
type Fetches struct {
	Reads, Snapshot func(ctx context.Context, topics ...string)
	Clock           func(ctx context.Context, what string)
}

// OpenWith is Open with another keeper, for fetches that are none of its. What it returns
// besides looks for commits of other programs, as the watcher does now and then.
func OpenWith(dsn string, keeper Publisher, fetches Fetches, options ...Option) (db *sql.DB, look func(), err error) {
	d, err := newDatabase(dsn, keeper, options...)
	if err != nil {
		return nil, nil, err
	}
	d.reads = recorders{recording: func(context.Context) bool { return true }, reads: fetches.Reads, snapshot: fetches.Snapshot, clock: fetches.Clock}
	return sql.OpenDB(d), func() { d.look(context.Background(), false) }, nil
}

// Faults are what a driver does besides.
type Faults struct {
	// After is called when a statement has run, before the driver returns.
	After func()
	// Busy makes a statement that is COMMIT fail where SQLite has called the commit hook already.
	Busy bool
}

// OpenFaulty is OpenWith with such a driver, and without reads.
func OpenFaulty(dsn string, keeper Publisher, faults *Faults) (db *sql.DB, look func(), err error) {
	d, err := newDatabase(dsn, keeper)
	if err != nil {
		return nil, nil, err
	}
	d.base = faultyConnector{d.base, faults}
	return sql.OpenDB(d), func() { d.look(context.Background(), false) }, nil
}

type faultyConnector struct {
	driver.Connector
	faults *Faults
}

func (f faultyConnector) Connect(ctx context.Context) (driver.Conn, error) {
	c, err := f.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &faultyConn{rawConn: c.(rawConn), faults: f.faults}, nil
}

type faultyConn struct {
	rawConn
	faults *Faults
	hook   sqlite.CommitHookFn
}

func (c *faultyConn) RegisterCommitHook(hook sqlite.CommitHookFn) {
	c.hook = hook
	c.rawConn.RegisterCommitHook(hook)
}

func (c *faultyConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.rawConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return faultyStmt{rawStmt: s.(rawStmt), c: c, commits: query == "COMMIT"}, nil
}

type faultyStmt struct {
	rawStmt
	c       *faultyConn
	commits bool
}

func (s faultyStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if s.commits && s.c.faults.Busy {
		s.c.hook()
		return nil, errors.New("database is locked")
	}
	result, err := s.rawStmt.ExecContext(ctx, args)
	if s.c.faults.After != nil {
		s.c.faults.After()
	}
	return result, err
}

// Kept is the statements that a connection keeps, by Conn.Raw.
func Kept(driverConn any) (texts []string) {
	for text := range driverConn.(*conn).statements.byText {
		texts = append(texts, text)
	}
	return texts
}
