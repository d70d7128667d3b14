package postgres

import (
	"context"
	"fmt"
	"slices"
)

// Notify publishes the topics in a transaction of the caller's: the nodes hear of them when it commits, and never if it
// is rolled back. Exec is the transaction's own method, of any driver that numbers its placeholders:
//
//	err = postgres.Notify(ctx, tx.Exec, postgres.DefaultChannel, "tickets")        // pgx
//	err = postgres.Notify(ctx, tx.ExecContext, postgres.DefaultChannel, "tickets") // database/sql
//
// An empty topic says that everything may have changed. A topic or channel that PostgreSQL would refuse, aborting the
// transaction, is an error before anything is sent. A topic has 7,999 bytes at most; where it is no text, about 6,380.
func Notify[Result any](ctx context.Context, exec func(ctx context.Context, sql string, args ...any) (Result, error), channel string, topics ...string) error {
	if err := checkChannel(channel); err != nil {
		return err
	}
	payloads := make([]any, len(topics))
	for i, topic := range topics {
		p, err := payload(topic)
		if err != nil {
			return err
		}
		payloads[i] = p
	}
	for some := range slices.Chunk(payloads, 1000) { // a SELECT has at most 1664 columns
		sql := []byte("SELECT ")
		for i := range some {
			sql = fmt.Appendf(sql, "pg_notify($1, $%d), ", i+2)
		}
		if _, err := exec(ctx, string(sql[:len(sql)-2]), append([]any{channel}, some...)...); err != nil {
			return fmt.Errorf("postgres: notify %q: %w", channel, err)
		}
	}
	return nil
}
