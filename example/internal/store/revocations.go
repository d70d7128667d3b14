package store

import (
	"context"
	"fmt"
	"time"
)

// Revocations remembers which sessions were ended by a logout, for as long as their cookies could come back: on every
// node, and over a restart. It is what middleware.Config.Revocations asks for.
type Revocations struct{ db *DB }

// Revocations are kept beside everything else.
func (db *DB) Revocations() Revocations { return Revocations{db} }

// Revoke remembers a session (a digest of its key) until the given time, and forgets those that are past theirs.
func (r Revocations) Revoke(ctx context.Context, session string, until time.Time) error {
	err := r.db.change(ctx, func(tx conn) ([]string, error) {
		if err := tx.exec(ctx, `DELETE FROM revocations WHERE until < ?`, stamp(time.Now())); err != nil {
			return nil, err
		}
		const insert = `INSERT INTO revocations (session, until) VALUES (?, ?)
			ON CONFLICT (session) DO UPDATE SET until = excluded.until`
		return nil, tx.exec(ctx, insert, session, stamp(until))
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
