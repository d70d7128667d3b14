package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// greet has each new connection on which this program publishes what it writes ask for what has to be known before its first
// statement. It is one question.
func (w *watcher) greet(config *pgx.ConnConfig) {
	sql := "SELECT pg_catalog.current_database(); " + selectElders
	if w.keeper.HasBroker() {
		sql += "; " + limitStatements(w.keeper.TransactionTimeout())
	}
	after := config.AfterConnect
	config.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		if after != nil {
			if err := after(ctx, conn); err != nil {
				return err
			}
		}
		answers, err := conn.Exec(ctx, sql).ReadAll()
		if err != nil {
			return fmt.Errorf("postgres: a new connection: %w", err)
		}
		w.side.setRoot(string(answers[0].Rows[0][0]))
		if w.greeted.CompareAndSwap(false, true) {
			w.awaitElders(answers[1].Rows) //nolint:contextcheck // it outlives the connection
		}
		return nil
	}
}

// limitStatements tells the server how long it may go on without its client. What the role, the database or the connection
// limits further stays. transaction_timeout is there from PostgreSQL 17 on.
func limitStatements(limit time.Duration) string {
	return fmt.Sprintf(`SELECT pg_catalog.set_config(name, '%[1]d', false) FROM pg_catalog.pg_settings
		WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')
		AND (setting = '0' OR setting::bigint > %[1]d)`, max(limit.Milliseconds(), 1))
}
