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
// program or in the sqlite3 shell. Nothing is subscribed to and nothing is published. boot.go puts them together.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
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
	opening  time.Duration // 0: without end
	drain    time.Duration
	delay    time.Duration
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
	flag.DurationVar(&f.opening, "open-timeout", 2*time.Minute, "how long an attempt to open PostgreSQL may take before the next one, and a millisecond more for each of -tickets")
	flag.DurationVar(&f.drain, "drain", 10*time.Second, "how long streams and requests may take to end at Ctrl-C or SIGTERM")
	flag.DurationVar(&f.delay, "drain-delay", 2*time.Second, "how long /readyz fails at SIGTERM before anything else ends, for a proxy to notice")
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

// errTerminated is why a program ends that SIGTERM asks to: a proxy may still send requests.
var errTerminated = errors.New("terminated")

// untilAsked is a context that ends with the first Ctrl-C or SIGTERM. By then signals do again what they always do, so that
// a second one ends the program at once, whatever it waits for.
func untilAsked() (ctx context.Context, stop context.CancelFunc) {
	interrupted, stopInterrupt := signal.NotifyContext(context.Background(), os.Interrupt)
	terminated, stopTerminate := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	stop = func() { stopInterrupt(); stopTerminate() }
	ctx, cancel := context.WithCancelCause(context.Background())
	var first sync.Once // stop ends both
	end := func(why error) func() {
		return func() { first.Do(func() { stop(); cancel(why) }) }
	}
	context.AfterFunc(interrupted, end(context.Canceled))
	context.AfterFunc(terminated, end(errTerminated))
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
	if err := f.validate(); err != nil {
		return err
	}
	p := &program{flags: f, url: "http://" + listener.Addr().String(), log: log, front: front{opened: make(chan struct{})}}
	defer func() { err = errors.Join(err, p.close()) }()
	here := site{server: newServer(&p.front, log), program: p, log: log}
	return here.serve(ctx, listener)
}
