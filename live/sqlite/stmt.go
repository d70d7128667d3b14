package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
)

// rawStmt is what modernc's statements are.
type rawStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// stmt is a prepared statement.
type stmt struct {
	rawStmt
	c        *conn
	access   access
	keepable bool // by its access when it was prepared
}

// ExecContext runs the statement.
func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	before, err := s.c.begin(ctx, &s.access, args)
	defer func() { s.c.running = before }()
	if err != nil {
		return nil, err
	}
	result, err := s.rawStmt.ExecContext(ctx, args)
	s.c.ended(ctx, &s.access, err)
	return result, err
}

// QueryContext runs the statement.
func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	r, err := s.query(ctx, args)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (s *stmt) query(ctx context.Context, args []driver.NamedValue) (*rows, error) {
	before, err := s.c.begin(ctx, &s.access, args)
	defer func() { s.c.running = before }()
	if err != nil {
		return nil, err
	}
	inner, err := s.rawStmt.QueryContext(ctx, args)
	s.c.ended(ctx, &s.access, err)
	if err != nil {
		return nil, err
	}
	raw, ok := inner.(rawRows)
	if !ok {
		_ = inner.Close() // the error says why
		return nil, errors.New("sqlite: rows of this version of modernc.org/sqlite cannot be watched, use the one in go.mod")
	}
	r := &rows{rawRows: raw, c: s.c, ctx: context.WithoutCancel(ctx)}
	if len(s.c.running.checks) > 0 {
		r.checks = s.c.checksOf(ctx, s, args, s.c.running.checks, raw.Columns())
	}
	s.c.open++
	return r, nil
}

// rawRows is what modernc's rows are.
type rawRows interface {
	driver.RowsColumnTypeDatabaseTypeName
	driver.RowsColumnTypeLength
	driver.RowsColumnTypeNullable
	rawColumns
}

type rawColumns interface {
	driver.RowsColumnTypePrecisionScale
	driver.RowsColumnTypeScanType
}

// rows are those of a query. A statement that writes and returns rows commits when they have ended or are closed.
type rows struct {
	rawRows
	c      *conn
	ctx    context.Context //nolint:containedctx // of the query, as in the driver itself
	owns   *stmt           // given back with the rows; nil: it is the program's
	failed bool
	closed bool
	checks []check
}

// Next reads the next row.
func (r *rows) Next(dest []driver.Value) error {
	err := r.rawRows.Next(dest)
	r.failed = r.failed || withoutEOF(err) != nil
	r.c.settle(r.ctx, withoutEOF(err))
	if err == nil && len(r.checks) > 0 {
		return violated(r.checks, dest)
	}
	return err
}

// Close ends the rows.
func (r *rows) Close() error {
	if r.closed { // its statement may be another's by now
		return nil
	}
	r.closed = true
	err := r.rawRows.Close()
	r.c.open--
	if r.owns != nil {
		if closed := r.c.giveBack(r.owns, r.failed || err != nil); err == nil {
			err = closed
		}
	}
	r.c.settle(r.ctx, err)
	return err
}

func withoutEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
