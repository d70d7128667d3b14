package store

import "context"

// Exec runs a statement that the store does not have.
func (db *DB) Exec(ctx context.Context, query string, args ...any) error {
	return db.change(ctx, func(ctx context.Context, tx conn) error { return tx.exec(ctx, query, args...) })
}
