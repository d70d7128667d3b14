package store

import (
	"context"
	"testing"
)

// Exec runs a statement that the store does not have.
func (db *DB) Exec(ctx context.Context, query string, args ...any) error {
	return db.change(ctx, func(ctx context.Context, tx conn) error { return tx.exec(ctx, query, args...) })
}

// HoldRead takes a connection that reads, for as long as the test runs.
func (db *DB) HoldRead(t *testing.T) {
	t.Helper()
	c, err := db.reads.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
}
