package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"

	"modernc.org/sqlite"

	"github.com/htmxlive/htmxlive/live"
)

// rawConn is what modernc's connections are.
type rawConn interface {
	standardConn
	driverConn
}

type standardConn interface {
	driver.ConnBeginTx
	driver.ConnPrepareContext
	sessionConn
	sqlite.ExecQuerierContext
}

type sessionConn interface {
	driver.Conn
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type driverConn interface {
	sqlite.HookRegisterer
	sqlite.AuthorizerRegisterer
	copier
	describer
}

type copier interface {
	Serialize() ([]byte, error)
	Deserialize(buf []byte) error
	NewBackup(dstURI string) (*sqlite.Backup, error)
	NewRestore(srcURI string) (*sqlite.Backup, error)
}

type describer interface {
	sqlite.FileControl
	sqlite.DBStatus
	ColumnInfo(query string) ([]sqlite.ColumnInfo, error)
	IsReadOnly(schema string) (bool, error)
}

// conn is a connection of modernc's that says what its statements read and what its commits wrote. Calls do not overlap
// (database/sql sees to it), and SQLite calls the hooks and the authorizer from the goroutine of the call.
type conn struct {
	rawConn
	db *database

	files     []attached // the databases of the connection but for temp, in the order in which names are looked up
	names     *names     // what names mean; nil: to be asked
	internal  bool       // a statement of this package runs
	asking    *access    // of the statement that is prepared
	running   *run       // the statement that runs
	outermost run        // the one that no other statement runs
	open      int        // rows that are not closed
	restoring bool       // the database is being replaced
	deaf      bool       // the hook of rows is not registered

	handle  handle              // SQLite's own
	layouts map[uintptr]*layout // of tables that were written, by SQLite's address of the table

	statements statements

	user  userHooks
	tx    transaction
	spare []level // the emptied levels of a commit that is published, for the next one

	// Memory for what is published: the keeper keeps neither slice.
	changes []live.Change
	topics  []string
}

// attached is a database of a connection, by the name that SQL knows it by.
type attached struct {
	schema string
	file   *file
}

// Unwrap returns modernc's connection. What it does without this package is followed and published when the connection is
// used the next time.
func (c *conn) Unwrap() driver.Conn { return c.rawConn }

func newConn(ctx context.Context, db *database, inner driver.Conn) (*conn, error) {
	raw, ok := inner.(rawConn)
	if !ok {
		return nil, fmt.Errorf("sqlite: connections of this version of modernc.org/sqlite (%T) cannot be watched, use the one in go.mod", inner)
	}
	c := &conn{rawConn: raw, db: db}
	if err := c.findFiles(ctx); err != nil {
		return nil, fmt.Errorf("sqlite: ask for the connection's files: %w", err)
	}
	raw.RegisterPreUpdateHook(c.preUpdate)
	raw.RegisterCommitHook(c.commit)
	raw.RegisterRollbackHook(c.rollback)
	if err := raw.RegisterAuthorizer(c.authorize); err != nil {
		return nil, fmt.Errorf("sqlite: register the authorizer: %w", err)
	}
	return c, nil
}

// findFiles asks which databases the connection has.
func (c *conn) findFiles(ctx context.Context) error {
	exclusive := false
	if err := c.query(ctx, "PRAGMA main.locking_mode", func(row []driver.Value) { exclusive = text(row[0]) == "exclusive" }); err != nil {
		return err
	}
	var files []attached
	err := c.query(ctx, "PRAGMA database_list", func(row []driver.Value) {
		if schema := text(row[1]); schema != temp {
			files = append(files, attached{schema: schema, file: c.db.fileAt(ctx, schema, text(row[2]), !exclusive)})
		}
	})
	if err == nil {
		c.files, c.names = files, nil
	}
	return err
}

func (c *conn) fileOf(schema string) *file {
	for _, a := range c.files {
		if a.schema == schema {
			return a.file
		}
	}
	return nil
}

// query runs a statement of this package.
func (c *conn) query(ctx context.Context, sql string, each func(row []driver.Value), args ...driver.NamedValue) (err error) {
	internal := c.internal
	c.internal = true
	defer func() { c.internal = internal }()
	rows, err := c.rawConn.QueryContext(ctx, sql, args)
	if err != nil {
		return err
	}
	defer func() {
		if closed := rows.Close(); err == nil {
			err = closed
		}
	}()
	row := make([]driver.Value, len(rows.Columns()))
	for {
		if err := rows.Next(row); err != nil {
			return withoutEOF(err)
		}
		each(row)
	}
}

func text(v driver.Value) string {
	s, _ := v.(string)
	return s
}

// PrepareContext prepares a statement, and learns what it reads.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	c.restored() //nolint:contextcheck // what restores has none
	return c.prepare(ctx, query)
}

// Prepare is PrepareContext, for code that has no context.
func (c *conn) Prepare(query string) (driver.Stmt, error) {
	c.restored()
	return c.prepare(context.Background(), query) //nolint:forbidigo // driver.Conn has none
}

func (c *conn) prepare(ctx context.Context, query string) (*stmt, error) {
	s := &stmt{c: c, access: access{text: query}}
	c.asking = &s.access
	defer func() { c.asking = nil }()
	inner, err := c.rawConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	raw, ok := inner.(rawStmt)
	if !ok {
		_ = inner.Close() // the error says why
		return nil, fmt.Errorf("sqlite: statements of this version of modernc.org/sqlite (%T) cannot be watched, use the one in go.mod", inner)
	}
	s.rawStmt = raw
	if s.access.pragma {
		c.statements.close() // it may have set a flag that statements are prepared with
	}
	return s, nil
}

// ExecContext runs a statement.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	result, err := s.ExecContext(ctx, args)
	if closed := c.giveBack(s, err != nil); err == nil && closed != nil {
		return nil, closed
	}
	return result, err
}

// QueryContext runs a statement that returns rows.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	r, err := s.query(ctx, args)
	if err != nil {
		_ = s.Close() // the first error says why
		return nil, err
	}
	r.owns = s
	return r, nil
}

// CheckNamedValue leaves the arguments to the driver.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.rawConn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}
