//go:build unix

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/cutproxy"
	"github.com/htmxlive/htmxlive/internal/pgtest"
	"github.com/htmxlive/htmxlive/live/internal/brokertest"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/live/postgres"
)

// shared is the server of all tests that do not stop it.
var shared *pgtest.Server

type withServer struct{ *testing.M }

func (m withServer) Run() int {
	var err error
	if shared, err = pgtest.New(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.M.Run()
	if err := shared.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(withServer{m}) }

// wire is how a client reaches the server: a socket that a test can cut, or break without anybody noticing.
type wire struct {
	mu   sync.Mutex
	down bool
	conn *conn // the latest
}

func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		return nil, errors.New("the wire is cut")
	}
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.conn = &conn{Conn: c}
	return w.conn, nil
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = true
	w.conn.Close()
}

func (w *wire) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = false
}

func (w *wire) latest() *conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.conn
}

// conn can swallow what is sent, as a partition does, or hold it.
type conn struct {
	net.Conn
	wrote  atomic.Pointer[chan struct{}] // not nil: everything is swallowed; receives when something was
	held   atomic.Pointer[chan struct{}] // not nil: writes wait until it is closed
	writes atomic.Int64                  // so far
}

// hold makes writes wait until release is called.
func (c *conn) hold() (release func()) {
	held := make(chan struct{})
	c.held.Store(&held)
	return func() { close(held) }
}

// lose begins to swallow, and returns what receives once something was swallowed.
func (c *conn) lose() <-chan struct{} {
	wrote := make(chan struct{}, 1)
	c.wrote.Store(&wrote)
	return wrote
}

func (c *conn) Write(p []byte) (int, error) {
	c.writes.Add(1)
	if held := c.held.Load(); held != nil {
		<-*held
	}
	wrote := c.wrote.Load()
	if wrote == nil {
		return c.Conn.Write(p)
	}
	select {
	case *wrote <- struct{}{}:
	default:
	}
	return len(p), nil
}

// join makes a node with a wire that can be cut.
func join(t *testing.T, s *pgtest.Server, cfg postgres.Config) (livetest.Node, *postgres.Broker, *wire) {
	t.Helper()
	w, proxy := &wire{}, cutproxy.Start(t, "unix", s.Socket())
	cfg.URL = s.URL()
	cfg.Logger = slog.New(slog.DiscardHandler)
	cfg.ReconnectWait = 5 * time.Millisecond
	cfg.Configure = func(c *pgx.ConnConfig) {
		c.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) { return w.dial(ctx, "tcp", proxy.Addr()) }
	}
	b, err := postgres.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	cut := func() {
		w.cut()
		for b.Connected() {
			runtime.Gosched()
		}
	}
	mend := func() {
		w.mend()
		proxy.Mend()
	}
	restart := func() {
		if err := errors.Join(s.Stop(), s.Start()); err != nil {
			t.Fatal(err)
		}
	}
	return livetest.Node{
		Broker: b, Close: b.Close, Cut: cut, Mend: mend, Restart: restart, Delay: proxy.Delay,
		Stall: func() { proxy.Stall() }, Silence: 13 * time.Second, // 10 s and the time for hanging up
	}, b, w
}

// open is a connection of a program that is no node.
func open(t *testing.T, s *pgtest.Server) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

func exec(t *testing.T, c *pgx.Conn, sql string, args ...any) {
	t.Helper()
	if _, err := c.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// onChannel makes nodes that meet nobody but each other.
func onChannel(t *testing.T) livetest.Node {
	channel := t.Name()
	node, _, _ := join(t, shared, postgres.Config{Channel: channel[max(0, len(channel)-60):]})
	return node
}

func TestStories(t *testing.T) { brokertest.Run(t, onChannel) }

func TestNoEcho(t *testing.T) { brokertest.NoEcho(t, onChannel) }

func TestConvergence(t *testing.T) { brokertest.Convergence(t, onChannel) }
