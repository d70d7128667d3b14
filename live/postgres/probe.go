package postgres

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	probeTimeout = 5 * time.Second
	// lockWait bounds how long a probe waits for a table that a transaction has locked: it may be the one that asks.
	lockWait = "250ms"
	// argumentsMost is how many parameters a function has at most.
	argumentsMost = 100
)

// errUnknowable is of a statement of which the server cannot be asked what it reads.
var errUnknowable = errors.New("postgres: it cannot be known what the statement reads")

// session is what decides, beside its text, what a statement means: it is that of a connection.
type session struct {
	user string // that has logged in, or SET SESSION AUTHORIZATION
	role string // SET ROLE, or "none"
	path string // search_path
}

// probe asks the server, on a connection of its own, what a statement reads and writes. It makes the statement the body of a
// temporary function, whose dependencies PostgreSQL knows, and rolls that back.
func (s *side) probe(ctx context.Context, in session, sql string) (*access, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTimeout)
	defer cancel()
	conn, err := s.connected(ctx)
	if err != nil {
		return nil, err
	}
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite})
	if err != nil {
		return nil, err
	}
	defer s.rollback(ctx, tx)
	if err := impersonate(ctx, tx, in); err != nil {
		return nil, err
	}
	body, fields, err := parsed(ctx, tx, sql)
	if err != nil {
		return nil, err
	}
	w := walk{tx: tx, declared: s.declared, access: &access{}}
	if err := w.run(ctx, in, body); err != nil {
		return nil, err
	}
	return w.access, w.findColumns(ctx, fields)
}

// rollback ends what a probe began.
func (s *side) rollback(ctx context.Context, tx pgx.Tx) {
	if tx.Rollback(ctx) != nil {
		s.hangUp(ctx)
	}
}

// impersonate makes a transaction see what a statement of the session would see.
func impersonate(ctx context.Context, tx pgx.Tx, in session) error {
	_, err := tx.Exec(ctx, `SELECT pg_catalog.set_config('lock_timeout', $1, true), pg_catalog.set_config('statement_timeout', '4s', true),
		CASE WHEN session_user <> $2 THEN pg_catalog.set_config('session_authorization', $2, true) END`, lockWait, in.user)
	if err == nil {
		_, err = tx.Exec(ctx, "SELECT pg_catalog.set_config('role', $1, true), pg_catalog.set_config('search_path', $2, true)", in.role, in.path)
	}
	return err
}

// parsed is the statement in PostgreSQL's own form, and the columns of its result.
func parsed(ctx context.Context, tx pgx.Tx, sql string) (body string, fields []pgconn.FieldDescription, err error) {
	types, fields, err := describe(ctx, tx, sql)
	if err != nil {
		return "", nil, err
	}
	if len(types) > argumentsMost {
		sql, types = withoutParameters(sql, types), nil
	}
	body, err = bodyOf(ctx, tx, "htmxlive_probe", strings.Join(types, ", "), sql)
	return body, fields, err
}

// bodyOf makes a statement the body of a temporary function with that name and these parameters, and returns PostgreSQL's own form of it.
func bodyOf(ctx context.Context, tx pgx.Tx, name, parameters, sql string) (body string, err error) {
	create := "CREATE FUNCTION pg_temp." + name + "(" + parameters + ") RETURNS pg_catalog.void LANGUAGE sql BEGIN ATOMIC " + sql + "\n; END"
	if _, err := tx.Exec(ctx, create, pgx.QueryExecModeExec); err != nil { // that takes one statement only
		return "", refusal(err)
	}
	err = tx.QueryRow(ctx, `SELECT prosqlbody::pg_catalog.text FROM pg_catalog.pg_proc
		WHERE proname = $1 AND pronamespace = pg_catalog.pg_my_temp_schema()`, name).Scan(&body)
	return body, err
}

// describe is the types of the parameters of a statement, by their names, and the columns of its result.
func describe(ctx context.Context, tx pgx.Tx, sql string) (types []string, fields []pgconn.FieldDescription, err error) {
	if _, err := tx.Exec(ctx, "SAVEPOINT htmxlive"); err != nil {
		return nil, nil, err
	}
	described, err := tx.Conn().PgConn().Prepare(ctx, "", sql, nil)
	if err != nil {
		if refused, ok := errors.AsType[*pgconn.PgError](err); !ok || refused.Code != "42601" {
			return nil, nil, refusal(err)
		}
		// They may be several statements, which have no parameters.
		_, err = tx.Exec(ctx, "ROLLBACK TO SAVEPOINT htmxlive")
		return nil, nil, err
	}
	if len(described.ParamOIDs) > 0 {
		err = tx.QueryRow(ctx, `SELECT pg_catalog.array_agg(pg_catalog.format_type(t, NULL) ORDER BY i)
			FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS p (t, i)`, described.ParamOIDs).Scan(&types)
	}
	return types, slices.Clone(described.Fields), err
}

// refusal is errUnknowable where the server will say the same again. A table that is locked, a connection that is lost and the
// like are other errors.
func refusal(err error) error {
	refused, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return err
	}
	switch refused.Code[:2] {
	case "08", "40", "53", "55", "57", "58", "XX":
		return err
	}
	return fmt.Errorf("%w: %w", errUnknowable, err)
}

var parameter = regexp.MustCompile(`\$(\d+)`)

// withoutParameters is the statement with NULLs of the same types in the place of its parameters. What looks like one in a
// text or a comment names no table.
func withoutParameters(sql string, types []string) string {
	return parameter.ReplaceAllStringFunc(sql, func(name string) string {
		n := int(parseOID(name[1:]))
		if n == 0 || n > len(types) {
			return name
		}
		return "(NULL::" + types[n-1] + ")"
	})
}
