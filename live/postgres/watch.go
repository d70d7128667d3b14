package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/htmxlive/htmxlive/live"
)

// Watch joins connections of pgx or database/sql to a keeper: what a fetch reads through them is followed.
//
// It tells what is read, and needs somebody who tells what is written: triggers, which tell for every program, or this program
// itself, with PublishWrites.
type Watch struct {
	Keeper *live.Keeper

	// PublishWrites publishes what this program writes through these connections, after each commit. It is for databases
	// without triggers. What other programs write is not heard of then.
	//
	// With a broker the server is told that a statement, a transaction that waits for its next one and, from PostgreSQL 17 on, a
	// whole transaction may last for Keeper.TransactionTimeout (10 s) at most, unless the role or the connection is limited further:
	// what a killed node has asked for does not appear later than the other nodes look again. A migration that needs longer says
	// SET LOCAL statement_timeout = 0, and the same of transaction_timeout. These are settings of a session, so a pooler
	// between must not lend sessions for one transaction.
	PublishWrites bool
	// Broker is the keeper's, where triggers notify it. A call that commits returns when this node has heard of it, so that a page
	// which is loaded next shows what was written. It costs a round trip for each commit that writes, while somebody follows.
	Broker *Broker
	// Functions names the tables that functions read, as "schema.name", where PostgreSQL does not know: those in PL/pgSQL and
	// other languages. A statement that calls another function of that kind follows every change, unless the function is IMMUTABLE.
	Functions map[string][]string
	// Standby allows fetches to read from a standby, which may not have what was announced yet. Otherwise they fail.
	Standby bool

	Logger *slog.Logger // default slog.Default()
}

// NewPool is pgxpool.New with Watch{Keeper: keeper}. Close the pool when the keeper is closed.
func NewPool(ctx context.Context, url string, keeper *live.Keeper) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	return Watch{Keeper: keeper}.NewPool(ctx, config)
}

// Open is sql.Open("pgx", url) with Watch{Keeper: keeper}. Close the database when the keeper is closed.
func Open(url string, keeper *live.Keeper) (*sql.DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	return Watch{Keeper: keeper}.Open(config), nil
}

// NewPool is pgxpool.NewWithConfig with a copy of config. One more connection asks the server. It is closed with the last one of the pool.
func (o Watch) NewPool(ctx context.Context, config *pgxpool.Config) (*pgxpool.Pool, error) {
	config = config.Copy()
	w := o.watch(config.ConnConfig)
	after, before := config.AfterConnect, config.BeforeClose
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		if after != nil {
			if err := after(ctx, conn); err != nil {
				return err // the pool closes it without a word
			}
		}
		w.open.Add(1)
		return nil
	}
	config.BeforeClose = func(conn *pgx.Conn) { //nolint:contextcheck // it is given none
		if before != nil {
			before(conn)
		}
		if w.open.Add(-1) == 0 {
			w.rest()
		}
	}
	return pgxpool.NewWithConfig(ctx, config)
}

// Open is stdlib.OpenDB with a copy of config. One more connection asks the server.
func (o Watch) Open(config *pgx.ConnConfig) *sql.DB {
	config = config.Copy()
	w := o.watch(config)
	return sql.OpenDB(connector{stdlib.GetConnector(*config), w})
}

// Configure watches the connections that are made with config from now on. Close ends the connection that asks the server: call
// it when they are closed.
func (o Watch) Configure(config *pgx.ConnConfig) (closeWatch func()) {
	return o.watch(config).close
}

func (o Watch) watch(config *pgx.ConnConfig) *watcher {
	w := newWatcher(o, o.Keeper)
	w.attach(config)
	return w
}

// attach makes the watcher the tracer of connections, beside one that is there.
func (w *watcher) attach(config *pgx.ConnConfig) {
	w.side.configure(config)
	if w.options.PublishWrites {
		w.onConnect(config)
	}
	if config.Tracer == nil {
		config.Tracer = w
	} else {
		config.Tracer = multitracer.New(config.Tracer, w)
	}
}

// connector ends the watcher when the *sql.DB is closed.
type connector struct {
	driver.Connector
	watcher *watcher
}

// Close is called by the *sql.DB.
func (c connector) Close() error {
	c.watcher.close()
	return nil
}
