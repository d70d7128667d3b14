package postgres

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Elders are transactions that were under way when this program came. One may be of a program that was killed while it
// committed: nobody publishes it when it appears, and where all nodes were killed nobody has missed them either.

// selectElders names those of the same user, in sessions that are older than the one that asks.
const selectElders = `SELECT a.pid || ' ' || a.xact_start FROM pg_catalog.pg_stat_activity a, pg_catalog.pg_stat_activity me
	WHERE me.pid = pg_catalog.pg_backend_pid() AND a.datname = me.datname AND a.usename = me.usename
	AND a.xact_start IS NOT NULL AND a.backend_start < me.backend_start`

// elderStep is the time between two looks whether they have ended.
const elderStep = 500 * time.Millisecond

// elders is the goroutine that waits for them.
type elders struct {
	mu  sync.Mutex
	end func() // ends it and waits for it; nil: there is none; guarded by mu
}

var errForgotten = errors.New("the connections are closed")

// awaitElders has everything fetched again when the transactions have ended, or when none that is still there can be of a program that
// keeps to the time limit. What is loaded after that sees them by itself.
func (w *watcher) awaitElders(rows [][][]byte) {
	if len(rows) == 0 {
		return
	}
	left := map[string]struct{}{}
	for _, row := range rows {
		left[string(row[0])] = struct{}{}
	}
	ctx, cancel := context.WithCancelCause(context.Background()) //nolint:forbidigo // it outlives the connection that has found them
	done := make(chan struct{})
	w.elders.mu.Lock()
	defer w.elders.mu.Unlock()
	w.elders.end = func() { cancel(errForgotten); <-done }
	go func() {
		defer close(done)
		defer cancel(nil)
		w.outlive(ctx, left)
	}()
}

func (w *watcher) outlive(ctx context.Context, left map[string]struct{}) {
	step := time.NewTicker(elderStep)
	defer step.Stop()
	for until := time.Now().Add(w.keeper.TransactionTimeout()); len(left) > 0 && time.Now().Before(until); {
		select {
		case <-step.C:
		case <-ctx.Done():
			return
		}
		if now, err := w.side.elders(ctx, elderStep); err == nil {
			for elder := range left {
				if _, ok := now[elder]; !ok {
					delete(left, elder)
				}
			}
		}
	}
	if ctx.Err() == nil && w.keeper.Follows(w.root()) {
		w.log.InfoContext(ctx, "postgres: transactions have ended that are older than this program, and that nobody may have published")
		w.keeper.Resync()
	}
}

// forgetElders is called when the connections are closed.
func (w *watcher) forgetElders() {
	w.elders.mu.Lock()
	defer w.elders.mu.Unlock()
	if w.elders.end != nil {
		w.elders.end()
		w.elders.end = nil
	}
}

// elders asks which transactions of this user are under way.
func (s *side) elders(ctx context.Context, limit time.Duration) (map[string]struct{}, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	conn, err := s.connected(ctx)
	if err != nil {
		return nil, err
	}
	results, err := conn.PgConn().Exec(ctx, selectTransactions).ReadAll()
	if err != nil {
		return nil, err
	}
	now := map[string]struct{}{}
	for _, row := range results[0].Rows {
		now[string(row[0])] = struct{}{}
	}
	return now, nil
}

const selectTransactions = `SELECT pid || ' ' || xact_start FROM pg_catalog.pg_stat_activity
	WHERE datname = pg_catalog.current_database() AND usename = current_user AND xact_start IS NOT NULL`
