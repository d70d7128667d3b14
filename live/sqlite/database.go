package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/htmxlive/htmxlive/live"
)

// publisher is what a database needs of a keeper. PublishChanges keeps none of the slices.
type publisher interface {
	PublishChanges(ctx context.Context, changes []live.Change, topics ...string) error
	Follows(topic string) bool
	Heard(topic string) bool
	Draining() bool
}

// Open opens a database as sql.Open("sqlite", dsn) does, with the driver modernc.org/sqlite, and joins it to a keeper: what
// a fetch reads from it is followed, and what is committed to it is published.
//
// It opens no connection yet. Close the database when the keeper is closed.
func Open(dsn string, keeper *live.Keeper, options ...Option) (*sql.DB, error) {
	c, err := newDatabase(dsn, keeper, options...)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

// database is what the connections of one *sql.DB share. It is their driver.Connector.
type database struct {
	base    driver.Connector
	keeper  publisher
	dsn     dsn
	columns declared
	warned  atomic.Bool // of a table that is declared and not there
	reads   recorders

	mu      sync.Mutex       // guards everything below
	files   map[string]*file // by path, or by a name that stands for one
	closed  bool
	watcher watcher
}

// recorders are live.Recording, live.Reads, live.ReadsSnapshot and live.ReadsClock.
type recorders struct {
	recording       func(ctx context.Context) bool
	reads, snapshot func(ctx context.Context, topics ...string)
	clock           func(ctx context.Context, what string)
}

func newDatabase(name string, keeper publisher, options ...Option) (*database, error) {
	base, err := newBase(name)
	if err != nil {
		return nil, err
	}
	return &database{
		base: base, keeper: keeper, dsn: parseDSN(name), columns: declare(options), files: map[string]*file{},
		reads: recorders{recording: live.Recording, reads: live.Reads, snapshot: live.ReadsSnapshot, clock: live.ReadsClock},
	}, nil
}

// Driver is modernc's.
func (d *database) Driver() driver.Driver { return d.base.Driver() }

// Connect opens a connection.
func (d *database) Connect(ctx context.Context) (driver.Conn, error) {
	inner, err := d.base.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c, err := newConn(ctx, d, inner)
	if err != nil {
		_ = inner.Close() // the first error says why
		return nil, err
	}
	return c, nil
}

// Close ends the watcher. The *sql.DB calls it when it is closed.
func (d *database) Close() error {
	d.stopWatching()
	d.mu.Lock()
	defer d.mu.Unlock()
	for key := range d.files {
		files.close(fileKey{d.keeper, key})
	}
	clear(d.files)
	return nil
}

// fileAt returns the file that connections have open at path. Without a path it is memory. That, and a file that a connection
// keeps to itself, is not shared with other programs.
func (d *database) fileAt(ctx context.Context, schema, path string, shared bool) *file {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := path
	if key == "" {
		key = d.dsn.memory(schema)
	}
	if f := d.files[key]; f != nil {
		return f
	}
	if d.closed {
		return newFile(key)
	}
	f := files.open(fileKey{d.keeper, key})
	if path != "" && shared {
		f.count(ctx, path, d.dsn.vfs)
	}
	d.files[key] = f
	if d.watcher.running.Load() {
		f.watch(true)
	}
	return f
}

// publish publishes what a commit has written. The request that made it may have ended.
func (d *database) publish(ctx context.Context, changes []live.Change, topics ...string) {
	if ctx.Done() != nil {
		ctx = context.WithoutCancel(ctx)
	}
	if err := d.keeper.PublishChanges(ctx, changes, topics...); err != nil {
		slog.ErrorContext(ctx, "sqlite: a commit could not be published", "topics", topics, "error", err)
	}
}
