package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// limitStatements has each new connection tell the server how long it may go on without its client. What the
// role, the database or the connection limits further stays. transaction_timeout is there from PostgreSQL 17 on.
func limitStatements(config *pgx.ConnConfig, limit time.Duration) {
	sql := fmt.Sprintf(`SELECT pg_catalog.set_config(name, '%[1]d', false) FROM pg_catalog.pg_settings
		WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')
		AND (setting = '0' OR setting::bigint > %[1]d)`, max(limit.Milliseconds(), 1))
	after := config.AfterConnect
	config.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		if after != nil {
			if err := after(ctx, conn); err != nil {
				return err
			}
		}
		if _, err := conn.Exec(ctx, sql).ReadAll(); err != nil {
			return fmt.Errorf("postgres: limit the time of statements: %w", err)
		}
		return nil
	}
}
