package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
)

// makePrivate sees to it that only the owner can open the SQLite file at path and the two files beside it: they hold the
// keys of all sessions, and what customers wrote. A new file is made that way before anything is in it, and SQLite gives
// the others the mode of the first. One that everybody could read is closed to them, or warned about where that fails.
func makePrivate(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("see who can read the database: %w", err)
		}
		if info.Mode().Perm()&0o077 == 0 {
			continue
		}
		if err := os.Chmod(name, 0o600); err != nil {
			slog.WarnContext(ctx, "others can read the database, and the session keys in it", "file", name, "error", err)
		}
	}
	return nil
}
