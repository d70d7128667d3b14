package live

import (
	"context"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

// failedRows remembers which rows could not be rendered, so that each is logged once, however many pages show it.
type failedRows struct {
	show atomic.Bool // placeholders show the text of the error
	some atomic.Bool // why is not empty; asked first, because it takes no lock

	mu    sync.Mutex           // guards everything below
	why   map[failedRow]string // texts of the errors
	since time.Time            // when why was made
}

type failedRow struct{ fragment, key string }

// failedRowsMost bounds what is remembered, and so what is logged: beyond it nothing is, until everything has been forgotten
// failedRowsRest later.
const (
	failedRowsMost = 1000
	failedRowsRest = time.Minute
)

// first notes that the row fails with this text, and reports whether that is to be logged: it is not known yet.
func (f *failedRows) first(row failedRow, text string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if was, known := f.why[row]; known && was == text {
		return false
	}
	if f.why == nil || len(f.why) >= failedRowsMost {
		now := time.Now()
		if now.Sub(f.since) < failedRowsRest && f.why != nil {
			return false
		}
		f.why, f.since = map[failedRow]string{}, now
	}
	f.why[row] = text
	f.some.Store(true)
	return true
}

// forget notes that a row has been rendered; with a nil key, all rows of the fragment. Callers look at some first.
func (f *failedRows) forget(fragment string, key *string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if key != nil {
		delete(f.why, failedRow{fragment, *key})
	} else {
		maps.DeleteFunc(f.why, func(row failedRow, _ string) bool { return row.fragment == fragment })
	}
	f.some.Store(len(f.why) > 0)
}

// rowFailures is the [fragment.Failures] of one refetch or composition.
type rowFailures struct {
	core  *core
	count int // of failed rows
}

// RowFailed logs a row that fails, once, and returns what its placeholder may show of the error.
func (f *rowFailures) RowFailed(ctx context.Context, fragmentID, key string, err error) string {
	f.count++
	text := err.Error()
	if f.core.failedRows.first(failedRow{fragmentID, key}, text) {
		f.core.stats.failures.Add(1)
		f.core.cfg.Logger.ErrorContext(ctx, "live: a row cannot be rendered, a placeholder stands in its place",
			withError(err, "fragment", fragmentID, "key", key)...)
	}
	if f.core.failedRows.show.Load() {
		return text
	}
	return ""
}
