package store

import (
	"context"
	"fmt"
	"time"

	"github.com/htmxlive/htmxlive/middleware"
)

// Revocations remembers which sessions were ended by a logout, for as long as their cookies could come back: on every
// node, and over a restart. It is what middleware.Config.Revocations asks for.
type Revocations struct{ db *DB }

// Revocations are kept beside everything else.
func (db *DB) Revocations() Revocations { return Revocations{db} }

// Revoke remembers a session (a digest of its key) until the given time, and forgets those that are past theirs.
func (r Revocations) Revoke(ctx context.Context, session string, until time.Time) error {
	err := r.db.change(ctx, func(ctx context.Context, tx conn) error {
		if err := tx.exec(ctx, `DELETE FROM revocations WHERE until < ?`, stamp(time.Now())); err != nil {
			return err
		}
		const insert = `INSERT INTO revocations (session, until, revoked) VALUES (?, ?, ?)
			ON CONFLICT (session) DO UPDATE SET until = excluded.until, revoked = excluded.revoked`
		return tx.exec(ctx, insert, session, stamp(until), stamp(time.Now()))
	})
	if err != nil {
		return fmt.Errorf("remember a logout: %w", err)
	}
	return nil
}

// Revoked reports whether the session was ended.
func (r Revocations) Revoked(ctx context.Context, session string) (revoked bool, err error) {
	const query = `SELECT EXISTS (SELECT 1 FROM revocations WHERE session = ? AND until >= ?)`
	if err := r.db.read().row(ctx, query, session, stamp(time.Now())).Scan(&revoked); err != nil {
		return false, fmt.Errorf("look for a logout: %w", err)
	}
	return revoked, nil
}

// Since lists the sessions that were ended at t or later and are still remembered, oldest first.
func (r Revocations) Since(ctx context.Context, t time.Time) ([]middleware.Revocation, error) {
	const query = `SELECT session, revoked, until FROM revocations WHERE revoked >= ? AND until >= ? ORDER BY revoked`
	list, err := collect(ctx, r.db.read(), func(scan func(...any) error) (middleware.Revocation, error) {
		var rev middleware.Revocation
		var revoked, until int64
		err := scan(&rev.Key, &revoked, &until)
		rev.At, rev.Until = unstamp(revoked), unstamp(until)
		return rev, err
	}, query, stamp(t), stamp(time.Now()))
	if err != nil {
		return nil, fmt.Errorf("list logouts: %w", err)
	}
	return list, nil
}
