package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

// What a commit publishes where it takes more than statements to make it.
var ending = map[string]writer{
	"tx, a statement fails": {func(b *bed) error {
		return inTx(b, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(b.t.Context(), "INSERT INTO tickets (id) VALUES (1)"); err == nil {
				return errors.New("inserted twice")
			}
			_, err := tx.ExecContext(b.t.Context(), "DELETE FROM log")
			return err
		})
	}, []string{"* log"}},
	"tx, or rollback": {func(b *bed) error {
		tx, err := b.BeginTx(b.t.Context(), nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if _, err := tx.ExecContext(b.t.Context(), "DELETE FROM log"); err != nil {
			return err
		}
		if _, err := tx.ExecContext(b.t.Context(), "INSERT OR ROLLBACK INTO tickets (id) VALUES (1)"); err == nil {
			return errors.New("inserted twice")
		}
		if tx.Commit() == nil {
			return errors.New("committed what was rolled back")
		}
		return nil
	}, nil},
	"tx, deferred foreign key": {func(b *bed) error {
		tx, err := b.BeginTx(b.t.Context(), nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		for _, s := range []string{"PRAGMA defer_foreign_keys = ON", "INSERT INTO tickets (id, team) VALUES (9, 99)"} {
			if _, err := tx.ExecContext(b.t.Context(), s); err != nil {
				return err
			}
		}
		if tx.Commit() == nil {
			return errors.New("committed against a foreign key")
		}
		return nil
	}, nil},
	"tx, its context ends": {func(b *bed) error {
		ctx, cancel := context.WithCancel(b.t.Context())
		tx, err := b.BeginTx(ctx, nil)
		if err != nil {
			cancel()
			return err
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM log")
		cancel()
		if tx.Commit() == nil {
			return errors.New("committed after its context")
		}
		return errors.Join(err, b.PingContext(b.t.Context()))
	}, nil},
	"conn, never committed": {func(b *bed) error {
		c, err := b.Conn(b.t.Context())
		if err != nil {
			return err
		}
		_, err = c.ExecContext(b.t.Context(), "BEGIN; DELETE FROM log")
		return errors.Join(err, c.Raw(func(any) error { return nil }), c.Close())
	}, nil},

	"returning, read to its end": {func(b *bed) error {
		rows, err := b.QueryContext(b.t.Context(), "DELETE FROM settings RETURNING k")
		return drain(rows, err)
	}, []string{"* settings"}},
	"returning, closed early": {func(b *bed) error {
		rows, err := b.QueryContext(b.t.Context(), "DELETE FROM settings RETURNING k")
		if err != nil {
			return err
		}
		rows.Next()
		if got := b.published(); len(got) > 0 {
			return errors.New("published before the commit: " + strings.Join(got, ", "))
		}
		return rows.Close()
	}, []string{"* settings"}},
	"returning, one row": {func(b *bed) error {
		var k string
		return b.QueryRowContext(b.t.Context(), "DELETE FROM settings RETURNING k").Scan(&k)
	}, []string{"* settings"}},
	"returning, executed": {sqls("DELETE FROM settings RETURNING k"), []string{"* settings"}},
	"prepared": {func(b *bed) error {
		s, err := b.PrepareContext(b.t.Context(), "INSERT INTO settings VALUES (?, 1)")
		if err != nil {
			return err
		}
		defer s.Close()
		for _, k := range []string{"x", "y"} {
			if _, err := s.ExecContext(b.t.Context(), k); err != nil {
				return err
			}
		}
		return nil
	}, []string{"* settings", "* settings"}},
	"prepared in a tx": {func(b *bed) error {
		return inTx(b, func(tx *sql.Tx) error {
			s, err := tx.PrepareContext(b.t.Context(), "INSERT INTO settings VALUES (?, 1)")
			if err != nil {
				return err
			}
			defer s.Close()
			_, err = s.ExecContext(b.t.Context(), "x")
			return err
		})
	}, []string{"* settings"}},
	"rows of another statement are open": {func(b *bed) error {
		return inConn(b, func(c *sql.Conn) error {
			rows, err := c.QueryContext(b.t.Context(), "SELECT id FROM tickets")
			if err != nil {
				return err
			}
			rows.Next()
			_, err = c.ExecContext(b.t.Context(), "DELETE FROM settings")
			return errors.Join(err, rows.Close())
		})
	}, []string{"* settings"}},
}
