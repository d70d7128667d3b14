package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/htmxlive/htmxlive/middleware"
)

// Revocations remembers which sessions were ended by a logout, for as long as their cookies could come back, and who was
// kicked: on every node, and over a restart. It is what middleware.Config.Revocations asks for. When something was revoked
// is told by the database's clock, since those of the nodes may differ.
type Revocations struct{ db *DB }

// Revocations are kept beside everything else.
func (db *DB) Revocations() Revocations { return Revocations{db} }

// Revoke remembers a key (a digest of a session's, or of a user's name) until the given time, and forgets those that are past theirs.
func (r Revocations) Revoke(ctx context.Context, key string, until time.Time) error {
	err := r.db.change(ctx, func(ctx context.Context, tx conn) error {
		if err := tx.exec(ctx, `DELETE FROM revocations WHERE until < ?`, stamp(time.Now())); err != nil {
			return err
		}
		insert := `INSERT INTO revocations (session, until, revoked) VALUES (?, ?, ` + r.db.dialect.now + `)
			ON CONFLICT (session) DO UPDATE SET until = excluded.until, revoked = excluded.revoked`
		return tx.exec(ctx, insert, key, stamp(until))
	})
	if err != nil {
		return fmt.Errorf("remember a revocation: %w", err)
	}
	return nil
}

const selectRevocations = `SELECT session, revoked, until FROM revocations WHERE until >= ? AND `

func scanRevocation(scan func(...any) error) (r middleware.Revocation, err error) {
	var revoked, until int64
	err = scan(&r.Key, &revoked, &until)
	r.At, r.Until = unstamp(revoked), unstamp(until)
	return r, err
}

// Lookup returns those of the keys that are remembered.
func (r Revocations) Lookup(ctx context.Context, keys ...string) ([]middleware.Revocation, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	args := []any{stamp(time.Now())}
	for _, key := range keys {
		args = append(args, key)
	}
	query := selectRevocations + `session IN (?` + strings.Repeat(", ?", len(keys)-1) + `)`
	list, err := collect(ctx, r.db.read(), scanRevocation, query, args...)
	if err != nil {
		return nil, fmt.Errorf("look for revocations: %w", err)
	}
	return list, nil
}

// Recent lists what was revoked within the last age and is still remembered, oldest first.
func (r Revocations) Recent(ctx context.Context, age time.Duration) ([]middleware.Revocation, error) {
	query := selectRevocations + `revoked >= ` + r.db.dialect.now + ` - ? ORDER BY revoked`
	list, err := collect(ctx, r.db.read(), scanRevocation, query, stamp(time.Now()), age.Microseconds())
	if err != nil {
		return nil, fmt.Errorf("list revocations: %w", err)
	}
	return list, nil
}
