package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// onConnect has each new connection ask the server for what this program has to know before it writes: the name of the database, and
// once which transactions are older than the program. It is one question.
func (w *watcher) onConnect(config *pgx.ConnConfig) {
	after := config.AfterConnect
	config.AfterConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
		if after != nil {
			if err := after(ctx, conn); err != nil {
				return err
			}
		}
		ctx, cancel := context.WithTimeout(ctx, answerTimeout) // that of the connection is over
		defer cancel()
		first := w.connected.CompareAndSwap(false, true)
		answers, err := conn.Exec(ctx, w.questions(first)).ReadAll()
		if err != nil {
			if first {
				w.connected.Store(false)
			}
			return fmt.Errorf("postgres: a new connection: %w", err)
		}
		w.side.setRoot(string(answers[0].Rows[0][0]))
		if first {
			w.awaitOlder(transactionsOf(answers[1])) //nolint:contextcheck // it outlives the connection
		}
		return nil
	}
}

func (w *watcher) questions(first bool) string {
	sql := "SELECT pg_catalog.current_database()"
	if first {
		sql += "; " + selectOlder
	}
	if w.keeper.HasBroker() {
		sql += "; " + limitStatements(w.keeper.TransactionTimeout())
	}
	return sql
}

// limitStatements tells the server how long it may go on without its client. What the role, the database or the connection
// limits further stays. transaction_timeout is there from PostgreSQL 17 on.
func limitStatements(limit time.Duration) string {
	return fmt.Sprintf(`SELECT pg_catalog.set_config(name, '%[1]d', false) FROM pg_catalog.pg_settings
		WHERE CASE WHEN name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')
		THEN setting = '0' OR setting::bigint > %[1]d END`, max(limit.Milliseconds(), 1))
}
