package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strings"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/postgres"
)

// DB is an open helpdesk. Its methods may be called at the same time from many goroutines.
type DB struct {
	dialect dialect
	reads   *sql.DB
	writes  *sql.DB // SQLite allows one writer: one connection waits in Go instead of failing in C
	keeper  *live.Keeper

	triggers   bool   // tell of changes
	closeWatch func() // ends what follows the database; nil: there is nothing
}

// Open opens the helpdesk at target, a postgres:// URL or the path of an SQLite file (made when it is not there), and
// brings its tables up to date. Pages of the keeper follow what they read of it. Close it after the keeper.
//
// The broker is the keeper's. One of PostgreSQL hears the triggers that are made then, so what any program writes is followed.
func Open(ctx context.Context, target string, keeper *live.Keeper, broker live.Broker) (*DB, error) {
	db := &DB{keeper: keeper}
	var err error
	if EngineOf(target) == "postgres" {
		triggers, _ := broker.(*postgres.Broker)
		err = db.openPostgres(target, triggers)
	} else {
		err = db.openSQLite(ctx, target)
	}
	if err == nil {
		err = db.migrate(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", redact(target), err), db.Close())
	}
	return db, nil
}

// MaxFetches is how many fetches a keeper may run at the same time on a database at target. The pool has more connections, so
// that a request that looks up its session or its ticket does not wait behind the refetches of a busy minute.
func MaxFetches(target string) int {
	if EngineOf(target) == "postgres" {
		return 16
	}
	return max(4, runtime.NumCPU()) // SQLite computes in this process
}

// forRequests is the connections of a pool that no fetch takes.
const forRequests = 4

// poolSize is the connections that read, at most.
func poolSize(target string) int { return MaxFetches(target) + forRequests }

// Check finds what is wrong with a target whatever the state of the database: trying again does not help.
func Check(target string) error {
	if EngineOf(target) != "postgres" {
		return nil
	}
	_, err := parsePostgres(target)
	return err
}

// EngineOf names the database engine of a target: sqlite or postgres.
func EngineOf(target string) string {
	if strings.HasPrefix(target, "postgres://") || strings.HasPrefix(target, "postgresql://") {
		return "postgres"
	}
	return "sqlite"
}

// redact is target without a password, for messages.
func redact(target string) string {
	if u, err := url.Parse(target); err == nil && EngineOf(target) == "postgres" {
		return u.Redacted()
	}
	return target
}

// Ping asks the database whether it is there.
func (db *DB) Ping(ctx context.Context) error { return db.reads.PingContext(ctx) }

// Close closes every connection.
func (db *DB) Close() error {
	var errs []error
	if db.writes != nil && db.writes != db.reads {
		errs = append(errs, db.writes.Close())
	}
	if db.reads != nil {
		errs = append(errs, db.reads.Close())
	}
	if db.closeWatch != nil {
		db.closeWatch()
	}
	return errors.Join(errs...)
}
