package nats_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	client "github.com/nats-io/nats.go"
	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/cutproxy"
	"github.com/htmxlive/htmxlive/live/internal/brokertest"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/live/nats"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve runs a server on a port of loopback until the test ends or stops it; port -1 is any.
func serve(t *testing.T, port int, change ...func(*server.Options)) *server.Server {
	t.Helper()
	o := &server.Options{Host: "127.0.0.1", Port: port, NoLog: true, NoSigs: true}
	for _, f := range change {
		f(o)
	}
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { stop(s) })
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	return s
}

func stop(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// wire is how a client reaches the server: TCP that a test can cut, or break without anybody noticing.
type wire struct {
	mu   sync.Mutex
	down bool
	conn *conn // the latest
}

func (w *wire) Dial(network, address string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.down {
		return nil, errors.New("the wire is cut")
	}
	c, err := net.Dial(network, address)
	if err != nil {
		return nil, err
	}
	w.conn = &conn{Conn: c, closed: make(chan struct{})}
	return w.conn, nil
}

func (w *wire) latest() *conn {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.conn
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

// conn can lose what is sent in either direction, as in a partition.
type conn struct {
	net.Conn
	closed chan struct{}
	once   sync.Once
	wrote  atomic.Pointer[chan struct{}] // not nil: everything is lost; receives when something was written
}

// lose begins to lose everything, and returns what receives once something was.
func (c *conn) lose() <-chan struct{} {
	wrote := make(chan struct{}, 1)
	c.wrote.Store(&wrote)
	return wrote
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.wrote.Load() != nil {
		<-c.closed
		return 0, net.ErrClosed
	}
	return n, err
}

func (c *conn) Write(p []byte) (int, error) {
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

func (c *conn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// join makes a node with a wire that can be cut.
func join(t *testing.T, s *server.Server, cfg nats.Config) (livetest.Node, *nats.Broker, *wire) {
	t.Helper()
	w, proxy := &wire{}, cutproxy.Start(t, "tcp", s.Addr().String())
	gone := make(chan struct{}, 1)
	cfg.URL = "nats://" + proxy.Addr()
	cfg.Logger = slog.New(slog.DiscardHandler)
	cfg.Options = append([]client.Option{
		client.SetCustomDialer(w), client.ReconnectWait(5 * time.Millisecond), client.ReconnectJitter(0, 0),
		client.IgnoreDiscoveredServers(), // the proxy is the only way
		client.DisconnectErrHandler(func(*client.Conn, error) {
			select {
			case gone <- struct{}{}:
			default:
			}
		}),
	}, cfg.Options...)
	b, err := nats.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	cut := func() {
		select {
		case <-gone: // of a loss that nobody waited for
		default:
		}
		w.cut()
		for b.Connected() {
			<-gone
		}
	}
	mend := func() {
		w.mend()
		proxy.Mend()
	}
	return livetest.Node{
		Broker: b, Close: b.Close, Cut: cut, Mend: mend, Delay: proxy.Delay,
		Stall: func() { proxy.Stall() }, Silence: 17 * time.Second, // 15 s and a busy machine
	}, b, w
}

// onSubject makes nodes of a server, which ends with t. They meet nobody but each other.
func onSubject(t *testing.T) brokertest.Join {
	s, outer := serve(t, -1), t
	return func(t *testing.T) livetest.Node {
		node, _, _ := join(t, s, nats.Config{Subject: t.Name()})
		node.Restart = func() {
			port := s.Addr().(*net.TCPAddr).Port
			stop(s)
			s = serve(outer, port)
		}
		return node
	}
}

func TestStories(t *testing.T) { brokertest.Run(t, onSubject(t)) }

func TestNoEcho(t *testing.T) { brokertest.NoEcho(t, onSubject(t)) }

func TestConvergence(t *testing.T) { brokertest.Convergence(t, onSubject(t)) }

// within is a context for what must not take long.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}
