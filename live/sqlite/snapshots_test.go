package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"testing"
)

// Which statements read from a snapshot that may be older than they are: a query that begins to follow the table then
// has to be fetched once more.
func TestSnapshots(t *testing.T) {
	const n, other = "SELECT count(*) FROM n", "SELECT count(*) FROM other"
	type querier interface {
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
	read := func(b *bed, q querier, statements ...string) error {
		for _, s := range statements {
			rows, err := q.QueryContext(b.t.Context(), s)
			if err := drain(rows, err); err != nil {
				return err
			}
		}
		return nil
	}
	begun := func(opts *sql.TxOptions) func(b *bed) error {
		return func(b *bed) error {
			tx, err := b.BeginTx(b.t.Context(), opts)
			if err != nil {
				return err
			}
			return errors.Join(read(b, tx, n, other), tx.Rollback())
		}
	}
	onConn := func(statements ...string) func(b *bed) error {
		return func(b *bed) error {
			return inConn(b, func(c *sql.Conn) error { return read(b, c, statements...) })
		}
	}
	for name, c := range map[string]struct {
		do           func(b *bed) error
		fresh, older []string
		options      string
	}{
		"one after the other":                 {do: onConn(n, other), fresh: []string{"n", "other"}},
		"a transaction":                       {do: begun(nil), fresh: []string{"n"}, older: []string{"other"}},
		"a reading transaction":               {do: begun(&sql.TxOptions{ReadOnly: true}), fresh: []string{"n"}, older: []string{"other"}},
		"an immediate transaction":            {do: begun(nil), older: []string{"n", "other"}, options: "_txlock=immediate"},
		"a reading one, where immediate":      {do: begun(&sql.TxOptions{ReadOnly: true}), fresh: []string{"n"}, older: []string{"other"}, options: "_txlock=immediate"},
		"BEGIN":                               {do: onConn("BEGIN", n, "COMMIT", other), fresh: []string{"other"}, older: []string{"n"}},
		"SAVEPOINT":                           {do: onConn("SAVEPOINT a", n, "RELEASE a", other), fresh: []string{"other"}, older: []string{"n"}},
		"ROLLBACK":                            {do: onConn("BEGIN", n, "ROLLBACK", other), fresh: []string{"other"}, older: []string{"n"}},
		"a commit":                            {do: onConn("BEGIN", "INSERT INTO n (id) VALUES (1)", "COMMIT", other), fresh: []string{"other"}},
		"a script":                            {do: onConn("BEGIN; SELECT count(*) FROM n; COMMIT", other), fresh: []string{"other"}, older: []string{"n"}},
		"after a transaction on a connection": {do: func(b *bed) error { return errors.Join(begun(nil)(b), onConn(n)(b)) }, fresh: []string{"n"}, older: []string{"other"}},
		"rows are open": {do: func(b *bed) error {
			return inConn(b, func(c *sql.Conn) error {
				rows, err := c.QueryContext(b.t.Context(), n)
				if err != nil {
					return err
				}
				return errors.Join(read(b, c, other), rows.Close(), read(b, c, "SELECT name FROM sqlite_schema"))
			})
		}, fresh: []string{"n"}, older: []string{"other"}},
	} {
		t.Run(name, func(t *testing.T) {
			b := watched(t, wal, c.options)
			b.SetMaxOpenConns(1)
			if err := c.do(b); err != nil {
				t.Fatal(err)
			}
			fresh, older := b.followed()
			if !slices.Equal(fresh, c.fresh) || !slices.Equal(older, c.older) {
				t.Errorf("follows %q, and %q of an older snapshot; want %q and %q", fresh, older, c.fresh, c.older)
			}
		})
	}
}

// A schema that changes under a prepared statement, and under a connection that knows it.
func TestSchemaChanges(t *testing.T) {
	for who, change := range map[string]func(b *bed, sql string){
		"this program": func(b *bed, sql string) { b.must(sql) },
		"another program": func(b *bed, sql string) {
			if _, err := openRaw(b.t, b.path).ExecContext(b.t.Context(), sql); err != nil {
				b.t.Fatal(err)
			}
			b.look()
		},
	} {
		t.Run(who, func(t *testing.T) {
			b := watched(t, wal)
			b.must("CREATE VIEW v AS SELECT id FROM n")
			b.SetMaxOpenConns(2)
			c, err := b.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			s, err := c.PrepareContext(t.Context(), "SELECT id FROM v")
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			read := func() []string {
				t.Helper()
				b.forget()
				rows, err := s.QueryContext(t.Context())
				if err := drain(rows, err); err != nil {
					t.Fatal(err)
				}
				fresh, older := b.followed()
				return append(fresh, older...)
			}
			if got := read(); !slices.Equal(got, []string{"n"}) {
				t.Errorf("follows %q", got)
			}
			for _, step := range []struct{ sql, want string }{
				{"DROP VIEW v; CREATE VIEW v AS SELECT id FROM other", "other"},
				{"DROP VIEW v; CREATE TABLE v (id)", "v"},
				{"DROP TABLE v; CREATE VIRTUAL TABLE v USING fts5 (id)", "*"},
			} {
				change(b, step.sql)
				if got := read(); !slices.Contains(got, step.want) {
					t.Errorf("after %s: follows %q, want %q among them", step.sql, got, step.want)
				}
			}
		})
	}
}
