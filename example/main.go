// The helpdesk: a small application that a newcomer of htmxlive can run, read and copy.
//
//	go run ./example                                  # http://127.0.0.1:8080, with ten thousand tickets in helpdesk.db
//	go run ./example -simulate 5                      # a busy one
//	go run ./example -check 10s                       # looks for changes that nobody publishes
//	go run ./example -db postgres://user@host/desk    # in PostgreSQL; nodes that share the database follow each other
//	go run ./example -nats nats://127.0.0.1:4222      # nodes that share a database follow each other through NATS
//	go run ./example -redis redis://127.0.0.1:6379    # … through Redis
//	go run ./example -cluster 127.0.0.1:6222,127.0.0.1:6223 -addr 127.0.0.1:8080    # … through nothing but each other:
//	go run ./example -cluster 127.0.0.1:6223,127.0.0.1:6222 -addr 127.0.0.1:8081    # own address first
//
// internal/store keeps the data, internal/web shows it: what a page reads is followed, and what anybody writes shows, in this
// program or in the sqlite3 shell. Nothing is subscribed to and nothing is published. This file puts them together.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/htmxlive/htmxlive/example/internal/simulate"
	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/example/internal/web"
	"github.com/htmxlive/htmxlive/internal/nodemodules"
	"github.com/htmxlive/htmxlive/live"
)

// flags are what the command line says.
type flags struct {
	addr     string
	db       string
	nats     string
	redis    string
	cluster  string
	tickets  int
	simulate float64
	check    time.Duration
	drain    time.Duration
	secure   bool
	verbose  bool
}

func main() {
	var f flags
	flag.StringVar(&f.addr, "addr", "127.0.0.1:8080", "address to listen on")
	flag.StringVar(&f.db, "db", "helpdesk.db", "SQLite file, or postgres:// URL of a database in which several nodes meet")
	flag.StringVar(&f.nats, "nats", "", "URL of a NATS server through which the nodes of one -db meet (default: through PostgreSQL, if -db is one)")
	flag.StringVar(&f.redis, "redis", "", "URL of a Redis through which they meet, also redis+sentinel:// and redis+cluster://")
	flag.StringVar(&f.cluster, "cluster", "", "address at which this node meets the others, and theirs, separated by commas: host:port,host:port,…")
	flag.IntVar(&f.tickets, "tickets", 10000, "tickets to fill a new database with")
	flag.Float64Var(&f.simulate, "simulate", 0, "changes per second to make up")
	flag.DurationVar(&f.check, "check", 0, "for development: how often to look for changes that nobody has published, such as 10s")
	flag.DurationVar(&f.drain, "drain", 10*time.Second, "how long streams and requests may take to end at Ctrl-C or SIGTERM")
	flag.BoolVar(&f.secure, "secure", false, "send cookies over HTTPS only: for use behind a proxy that ends TLS")
	flag.BoolVar(&f.verbose, "v", false, "log every request")
	flag.Parse()

	ctx, stop := untilAsked()
	defer stop()
	if err := start(ctx, f); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "helpdesk:", err)
		os.Exit(1)
	}
}

// untilAsked is a context that ends with the first Ctrl-C or SIGTERM. By then signals do again what they always do, so that
// a second one ends the program at once, whatever it waits for.
func untilAsked() (ctx context.Context, stop context.CancelFunc) {
	asked, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancel(context.Background())
	context.AfterFunc(asked, func() {
		stop()
		cancel()
	})
	return ctx, stop
}

// start listens before anything else, so that an address in use is the first thing to be told.
func start(ctx context.Context, f flags) error {
	level := slog.LevelInfo
	if f.verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	slog.SetDefault(log)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.addr)
	if err != nil {
		return err
	}
	return run(ctx, f, listener, log)
}

// run serves until ctx ends, and then drains. It closes the listener.
func run(ctx context.Context, f flags, listener net.Listener, log *slog.Logger) (err error) {
	defer listener.Close() // the server has closed it, unless there was none
	broker, leave, err := join(ctx, f, log)
	if err != nil {
		return err
	}
	defer leave() // after the keeper is closed

	keeper := live.NewKeeper(live.Config{Broker: broker, Logger: log, CheckInterval: f.check}) //nolint:contextcheck // it outlives ctx, to drain
	defer func() { err = errors.Join(err, keeper.Close(context.WithoutCancel(ctx))) }()        // serve has, unless this fails before
	db, err := openStore(ctx, f, keeper, broker, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	handler, err := newHandler(ctx, f, db, keeper, log)
	if err != nil {
		return err
	}
	simulator := simulate.Simulator{DB: db, Logger: log, Rate: f.simulate}
	here := site{server: newServer(handler, log), keeper: keeper, log: log, drain: f.drain}
	return here.serve(ctx, listener, simulator.Run)
}

// openStore opens the database and fills it if it is new. Pages of the keeper follow it.
func openStore(ctx context.Context, f flags, keeper *live.Keeper, broker live.Broker, log *slog.Logger) (*store.DB, error) {
	db, err := store.Open(ctx, f.db, keeper, broker)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	seeded, err := db.Seed(ctx, f.tickets, start)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if seeded {
		log.Info("seeded", "tickets", f.tickets, "took", time.Since(start).Round(time.Millisecond))
	}
	return db, nil
}

// newHandler gives the web side its keys, which are kept in the database so that a restart logs nobody out.
func newHandler(ctx context.Context, f flags, db *store.DB, keeper *live.Keeper, log *slog.Logger) (handler http.Handler, err error) {
	keys := map[string][]byte{}
	for name, size := range map[string]int{"sessions.sign": 64, "sessions.encrypt": 32, "live": 32, "paging": 32} {
		if keys[name], err = db.Key(ctx, name, size); err != nil {
			return nil, err
		}
	}
	scripts, err := nodemodules.Dir()
	if err != nil {
		log.Warn("pages work, but they are not live", "error", err)
	}
	return web.New(web.Config{
		DB: db, Keeper: keeper, Logger: log, Scripts: scripts, Secure: f.secure,
		SessionKeys: [][]byte{keys["sessions.sign"], keys["sessions.encrypt"]},
		LiveKeys:    [][]byte{keys["live"]},
		PagingKeys:  [][]byte{keys["paging"]},
	})
}
