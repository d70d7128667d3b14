package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
)

// Key is the secret of that name and of size bytes. It is made at the first call and kept, so that a restart logs
// nobody out and every node that shares the database understands the others' cookies, cursors and tokens.
func (db *DB) Key(ctx context.Context, name string, size int) ([]byte, error) {
	fresh := make([]byte, size)
	rand.Read(fresh) // never fails
	var kept string
	err := db.change(ctx, func(ctx context.Context, tx conn) error {
		// Two nodes may start at once: the first to insert wins, both read what it inserted.
		const insert = `INSERT INTO keys (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`
		if err := tx.exec(ctx, insert, name, base64.StdEncoding.EncodeToString(fresh)); err != nil {
			return err
		}
		return tx.row(ctx, `SELECT value FROM keys WHERE name = ?`, name).Scan(&kept)
	})
	if err != nil {
		return nil, fmt.Errorf("key %s: %w", name, err)
	}
	key, err := base64.StdEncoding.DecodeString(kept)
	if err != nil || len(key) != size {
		return nil, fmt.Errorf("key %s: %d bytes are kept, %d are needed (%w)", name, len(key), size, err)
	}
	return key, nil
}
