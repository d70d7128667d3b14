package live

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
)

// failedRows remembers which rows could not be rendered, so that each is logged once however many pages show it.
type failedRows struct {
	show atomic.Bool // placeholders say why
	some atomic.Bool // why may hold something

	mu  sync.Mutex
	why map[failedRow]string // texts of the errors; guarded by mu
}

type failedRow struct{ fragment, key string }

// failedRowsMost bounds what is remembered. Beyond it everything is forgotten, and said again.
const failedRowsMost = 1000

// first notes that the row fails with this text, and reports whether it did not a moment ago.
func (f *failedRows) first(row failedRow, text string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if was, known := f.why[row]; known && was == text {
		return false
	}
	if f.why == nil || len(f.why) >= failedRowsMost {
		f.why = map[failedRow]string{}
	}
	f.why[row] = text
	f.some.Store(true)
	return true
}

// recovered notes that a row has been rendered, or all rows of a fragment: then key is nil.
func (f *failedRows) recovered(fragment string, key *string) {
	if !f.some.Load() {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.DeleteFunc(f.why, func(row failedRow, _ string) bool { return row.fragment == fragment && (key == nil || row.key == *key) })
	f.some.Store(len(f.why) > 0)
}

// ShowRowErrors has placeholders of rows that could not be rendered say why, for development: errors tell what nobody else
// should read. The middleware's Config.Development calls it.
func (k *Keeper) ShowRowErrors() {
	k.failedRows.show.Store(true)
}

// rowFailures hears of the rows that fail in one refetch or composition.
type rowFailures struct {
	core  *core
	count int
}

// RowFailed makes it what fragments tell of rows that fail.
func (f *rowFailures) RowFailed(ctx context.Context, fragmentID, key string, err error) string {
	f.count++
	text := err.Error()
	if f.core.failedRows.first(failedRow{fragmentID, key}, text) {
		f.core.stats.failures.Add(1)
		attrs := []any{"fragment", fragmentID, "key", key, "error", err}
		if p, ok := errors.AsType[stackError](err); ok {
			attrs = append(attrs, "stack", string(p.Stack()))
		}
		f.core.cfg.Logger.ErrorContext(ctx, "live: a row cannot be rendered, a placeholder stands in its place", attrs...)
	}
	if f.core.failedRows.show.Load() {
		return text
	}
	return ""
}
