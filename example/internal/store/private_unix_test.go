//go:build unix

package store_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/example/internal/store"
)

// mustBePrivate fails the test if anybody but the owner can open the database, which holds the keys of all sessions. The
// two files beside it hold what was written last.
func mustBePrivate(t *testing.T, path string) {
	t.Helper()
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s is %v", filepath.Base(name), mode)
		}
	}
}

// TestTheDatabaseIsPrivate: from the start, and where an earlier program has left it open to everybody.
func TestTheDatabaseIsPrivate(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	path := filepath.Join(t.TempDir(), "helpdesk 100%20.db") // nothing in a name is an escape
	for range 2 {
		db, err := store.Open(t.Context(), path, keeperOf(t), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Seed(t.Context(), 1, time.Now()); err != nil {
			t.Error(err)
		}
		mustBePrivate(t, path)
		for _, name := range []string{path, path + "-wal", path + "-shm"} {
			if err := os.Chmod(name, 0o666); err != nil { // and as long as it is open, so that the files stay
				t.Error(err)
			}
		}
		defer db.Close()
	}
}

func TestADatabaseThatCannotBeMadeIsAnError(t *testing.T) {
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing", "helpdesk.db"), ""} {
		if db, err := store.Open(t.Context(), path, keeperOf(t), nil); err == nil {
			t.Errorf("%q is a database", path)
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
