package store

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/htmxlive/htmxlive/live/sqlite"
)

// openSQLite opens the file twice: readers never wait for the writer (WAL), and the writer takes its lock when its
// transaction begins (immediate), so that no transaction fails half-way because another one wrote first. Both know the
// keeper, so what the one commits is known to be no other program's.
func (db *DB) openSQLite(ctx context.Context, path string) (err error) {
	db.dialect = sqliteDialect()
	if err := makePrivate(ctx, path); err != nil {
		return err
	}
	file := "file:" + (&url.URL{Path: path}).EscapedPath() + "?"
	pragmas := url.Values{"_pragma": {
		"journal_mode(WAL)",
		"synchronous(NORMAL)", // safe in WAL: a power cut may lose the last commits, never the file
		"busy_timeout(5000)",  // another process may be writing
		"foreign_keys(ON)",
		"cache_size(-16000)", // 16 MB a connection
		"temp_store(MEMORY)",
	}}
	var columns []sqlite.Option
	for _, table := range followed() {
		columns = append(columns, sqlite.Columns(table.Name, table.Columns...))
	}
	db.reads, err = sqlite.Open(file+pragmas.Encode(), db.keeper, columns...)
	if err != nil {
		return err
	}
	db.reads.SetMaxOpenConns(poolSize(path))
	db.reads.SetMaxIdleConns(poolSize(path))
	pragmas.Set("_txlock", "immediate")
	db.writes, err = sqlite.Open(file+pragmas.Encode(), db.keeper, columns...)
	if err != nil {
		return err
	}
	db.writes.SetMaxOpenConns(1)
	return db.makeWAL(ctx)
}

// makeWAL opens the first connection, which makes a WAL file of a new one. SQLite waits for no other process that is doing the
// same at that moment.
func (db *DB) makeWAL(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, changeTime)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		err := db.writes.PingContext(ctx)
		const busy = 5 // SQLITE_BUSY
		if sqliteError, ok := errors.AsType[interface {
			error
			Code() int
		}](err); !ok || sqliteError.Code()&0xff != busy {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return err
		}
	}
}
