package acceptance_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/example/internal/store"
	"github.com/htmxlive/htmxlive/example/internal/web"
	"github.com/htmxlive/htmxlive/internal/nodemodules"
	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/postgres"
)

// desk is a helpdesk that can be stopped, killed and started again with its database, at the same address.
type desk struct {
	t       *testing.T
	target  string // of the database: a file of SQLite, or a URL of PostgreSQL
	addr    string
	tickets int
	scripts string
	check   time.Duration // how often queries are checked for changes that nobody has published; 0: never

	leave   func() // closes the broker
	db      *store.DB
	keeper  *live.Keeper
	handler http.Handler
	server  *http.Server
	served  chan struct{}
	wires   *wires
}

// startDesk starts one with SQLite.
func startDesk(t *testing.T, tickets int) *desk {
	t.Helper()
	return startDeskOn(t, filepath.Join(t.TempDir(), "desk.db"), tickets)
}

func startDeskOn(t *testing.T, target string, tickets int) *desk {
	t.Helper()
	return startCheckedDesk(t, target, tickets, 0)
}

// startCheckedDesk starts one that fails the test for each change which nobody has published.
func startCheckedDesk(t *testing.T, target string, tickets int, check time.Duration) *desk {
	t.Helper()
	scripts, err := nodemodules.Dir()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, target: target, addr: "127.0.0.1:0", tickets: tickets, scripts: scripts, check: check}
	d.start()
	t.Cleanup(d.kill)
	return d
}

func (d *desk) url(path string) string { return "http://" + d.addr + path }

func (d *desk) start() {
	d.t.Helper()
	ctx := context.WithoutCancel(d.t.Context())
	must := func(err error) {
		d.t.Helper()
		if err != nil {
			d.t.Fatal(err)
		}
	}
	var err error
	log := slog.New(slog.DiscardHandler)
	broker := d.join(ctx, log)
	keeper := live.NewKeeper(live.Config{Broker: broker, Logger: log, CheckInterval: d.check, MaxFetches: store.MaxFetches(d.target)})
	d.keeper = keeper
	d.db, err = store.Open(ctx, d.target, keeper, broker)
	must(err)
	_, err = d.db.Seed(ctx, d.tickets, time.Now())
	must(err)
	handler, err := web.New(web.Config{
		DB: d.db, Keeper: keeper, Logger: log, Scripts: d.scripts,
		SessionKeys: [][]byte{d.key(ctx, "sessions.sign", 64), d.key(ctx, "sessions.encrypt", 32)},
		LiveKeys:    [][]byte{d.key(ctx, "live", 32)}, PagingKeys: [][]byte{d.key(ctx, "paging", 32)},
	})
	must(err)
	d.handler, d.wires = handler, &wires{open: map[net.Conn]bool{}}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", d.addr)
	must(err)
	if d.server == nil && d.served == nil { // the first start chooses the port, which every later one keeps
		d.addr = listener.Addr().String()
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ConnState: d.wires.see,
	}
	served := make(chan struct{})
	d.server, d.served = server, served
	go func() {
		defer close(served)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			d.t.Errorf("serve: %v", err)
		}
	}()
}

// join is the broker of a desk with PostgreSQL, which hears what its triggers say.
func (d *desk) join(ctx context.Context, log *slog.Logger) live.Broker {
	d.t.Helper()
	d.leave = func() {}
	if store.EngineOf(d.target) != "postgres" {
		return nil
	}
	broker, err := postgres.Connect(ctx, postgres.Config{URL: d.target, Logger: log})
	if err != nil {
		d.t.Fatal(err)
	}
	d.leave = broker.Close
	return broker
}

func (d *desk) key(ctx context.Context, name string, size int) []byte {
	d.t.Helper()
	key, err := d.db.Key(ctx, name, size)
	if err != nil {
		d.t.Fatal(err)
	}
	return key
}

// kill ends everything at once, as a crash does: connections break in the middle of whatever they carry.
func (d *desk) kill() {
	if d.server == nil {
		return
	}
	_ = d.server.Close()
	d.end()
}

// stop drains, as a deploy does.
func (d *desk) stop() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.t.Context()), 10*time.Second)
	defer cancel()
	if err := errors.Join(d.keeper.Close(ctx), d.server.Shutdown(ctx)); err != nil {
		d.t.Errorf("drain: %v", err)
	}
	d.end()
}

func (d *desk) end() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.t.Context()), 10*time.Second)
	defer cancel()
	<-d.served
	if err := d.keeper.Close(ctx); err != nil {
		d.t.Errorf("close the keeper: %v", err)
	}
	for _, found := range d.keeper.Findings() {
		d.t.Errorf("nobody has published it: %+v", found)
	}
	if d.check > 0 && d.keeper.Stats().Checks == 0 {
		d.t.Error("nothing was checked")
	}
	d.leave()
	if err := d.db.Close(); err != nil {
		d.t.Errorf("close the database: %v", err)
	}
	d.server = nil
}

// wires are the connections of a server.
type wires struct {
	mu   sync.Mutex // guards open
	open map[net.Conn]bool
}

func (w *wires) see(c net.Conn, state http.ConnState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if state == http.StateClosed || state == http.StateHijacked {
		delete(w.open, c)
	} else {
		w.open[c] = true
	}
}

// cut breaks all connections, as a network does; the server goes on.
func (d *desk) cut() {
	d.wires.mu.Lock()
	defer d.wires.mu.Unlock()
	for c := range d.wires.open {
		_ = c.Close()
	}
}
