package store_test

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/htmxlive/htmxlive/example/internal/store"
)

// TestTwoProcessesMakeTheDatabase: they start at the same moment, and neither fails.
func TestTwoProcessesMakeTheDatabase(t *testing.T) {
	for range 10 {
		path := filepath.Join(t.TempDir(), "helpdesk.db")
		var starting sync.WaitGroup
		for range 4 {
			keeper := keeperOf(t)
			starting.Go(func() {
				db, err := store.Open(t.Context(), path, keeper, nil)
				if err == nil {
					err = errors.Join(db.Ping(t.Context()), db.Close())
				}
				if err != nil {
					t.Error(err)
				}
			})
		}
		starting.Wait()
	}
}
