package postgres

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// A transaction that was under way when this program came may be of a program that was killed while it committed: nobody publishes it
// when it appears. Where all nodes were killed there is not even one that knows that it came after a dead one.

// selectOlder names the transactions of the same user in sessions that are older than the one that asks. The connection that asks
// later is a younger one, which sees the same again.
const selectOlder = `SELECT a.pid || ' ' || a.xact_start FROM pg_catalog.pg_stat_activity a, pg_catalog.pg_stat_activity me
	WHERE me.pid = pg_catalog.pg_backend_pid() AND a.datname = me.datname AND a.usename = me.usename
	AND a.xact_start IS NOT NULL AND a.backend_start < me.backend_start`

// olderStep is the time between two looks whether they have ended.
const olderStep = 500 * time.Millisecond

// older is the goroutine that waits for older transactions.
type older struct {
	mu  sync.Mutex
	end func() // ends it and waits for it; nil: there is none; guarded by mu
}

// awaitOlder has everything fetched again when the transactions have ended, or when none that is still there can be of a program that
// keeps to the time limit. What is loaded after that sees them by itself.
func (w *watcher) awaitOlder(left map[string]struct{}) {
	if len(left) == 0 {
		return
	}
	ctx, cancel := context.WithCancel(context.Background()) //nolint:forbidigo // it outlives the connection that has found them
	done := make(chan struct{})
	w.older.mu.Lock()
	defer w.older.mu.Unlock()
	w.older.end = func() { cancel(); <-done }
	go func() {
		defer close(done)
		defer cancel()
		w.refetchAfter(ctx, left)
	}()
}

func (w *watcher) refetchAfter(ctx context.Context, left map[string]struct{}) {
	step := time.NewTicker(olderStep)
	defer step.Stop()
	for until := time.Now().Add(w.keeper.TransactionTimeout()); len(left) > 0 && time.Now().Before(until); {
		select {
		case <-step.C:
		case <-ctx.Done():
			w.connected.Store(false) // the next connection looks again
			return
		}
		now, err := w.side.olderTransactions(ctx)
		if err != nil {
			w.log.DebugContext(ctx, "postgres: transactions cannot be asked for", "error", err)
			continue
		}
		maps.DeleteFunc(left, func(t string, _ struct{}) bool { _, ok := now[t]; return !ok })
	}
	if w.keeper.Follows(w.root()) {
		w.log.InfoContext(ctx, "postgres: everything is refetched: when this program came transactions were under way that nobody may have published", "unfinished", len(left))
		w.keeper.Resync()
	}
}

// stopOlder is called when no connection is left.
func (w *watcher) stopOlder() {
	w.older.mu.Lock()
	defer w.older.mu.Unlock()
	if w.older.end != nil {
		w.older.end()
		w.older.end = nil
	}
}

// olderTransactions asks for selectOlder.
func (s *side) olderTransactions(ctx context.Context) (map[string]struct{}, error) {
	ctx, cancel := context.WithTimeout(ctx, olderStep)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	conn, err := s.connected(ctx)
	if err != nil {
		return nil, err
	}
	results, err := conn.PgConn().Exec(ctx, selectOlder).ReadAll()
	if err != nil {
		return nil, err
	}
	return transactionsOf(results[0]), nil
}

// transactionsOf is the answer to selectOlder.
func transactionsOf(answer *pgconn.Result) map[string]struct{} {
	transactions := map[string]struct{}{}
	for _, row := range answer.Rows {
		transactions[string(row[0])] = struct{}{}
	}
	return transactions
}
