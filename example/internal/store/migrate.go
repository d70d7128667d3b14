package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/htmxlive/htmxlive/live/postgres"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate runs, in one transaction, the migrations that the database has not seen, in the order of their names. Triggers that
// are there already stay.
func (db *DB) migrate(ctx context.Context) error {
	return db.transact(ctx, func(ctx context.Context, tx conn) error {
		if tx.dialect.lock != "" {
			if err := tx.exec(ctx, tx.dialect.lock); err != nil {
				return fmt.Errorf("wait for the migrations of another process: %w", err)
			}
		}
		const seen = `CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)`
		if err := tx.exec(ctx, seen); err != nil {
			return fmt.Errorf("table of migrations: %w", err)
		}
		if err := tx.migrateAll(ctx); err != nil || !db.triggers {
			return err
		}
		return postgres.InstallTriggers(ctx, tx.db.ExecContext, followed()...)
	})
}

func (c conn) migrateAll(ctx context.Context) error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	for _, name := range names { // Glob sorts
		if err := c.migrateOnce(ctx, name); err != nil {
			return fmt.Errorf("migration %s: %w", name, err)
		}
	}
	return nil
}

func (c conn) migrateOnce(ctx context.Context, name string) error {
	var done bool
	if err := c.row(ctx, `SELECT EXISTS (SELECT 1 FROM migrations WHERE name = ?)`, name).Scan(&done); err != nil || done {
		return err
	}
	text, err := migrations.ReadFile(name)
	if err != nil {
		return err
	}
	script := strings.ReplaceAll(string(text), "IDENTITY", c.dialect.identity)
	for statement := range strings.SplitSeq(script, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if err := c.exec(ctx, statement); err != nil {
			return err
		}
	}
	return c.exec(ctx, `INSERT INTO migrations (name) VALUES (?)`, name)
}
