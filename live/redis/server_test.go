//go:build unix

package redis_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	client "github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/htmxlive/htmxlive/internal/cutproxy"
	"github.com/htmxlive/htmxlive/internal/redistest"
	"github.com/htmxlive/htmxlive/live/internal/brokertest"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/live/redis"
)

// shared is the server of all tests that do not stop it, and programs are the servers that this machine has.
var (
	shared   *redistest.Server
	programs []string
)

type withServer struct{ *testing.M }

func (m withServer) Run() int {
	code, err := m.run()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func (m withServer) run() (code int, err error) {
	if programs, err = redistest.Programs(); err != nil {
		return 0, err
	}
	if shared, err = redistest.New(programs[0]); err != nil {
		return 0, err
	}
	code = m.M.Run()
	return code, shared.Close()
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(withServer{m}) }

// join makes a node whose connections go through a proxy.
func join(t *testing.T, s *redistest.Server, cfg redis.Config) (livetest.Node, *redis.Broker, *cutproxy.Proxy) {
	t.Helper()
	proxy := cutproxy.Start(t, "unix", s.Socket())
	cfg.URL = "redis://" + proxy.Addr()
	cfg.Logger = slog.New(slog.DiscardHandler)
	if cfg.ReconnectWait == 0 {
		cfg.ReconnectWait = 5 * time.Millisecond
	}
	b, err := redis.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	cut := func() {
		proxy.Cut()
		for b.Connected() {
			runtime.Gosched()
		}
	}
	return livetest.Node{
		Broker: b, Close: b.Close, Cut: cut, Mend: proxy.Mend, Delay: proxy.Delay,
		Stall: func() { proxy.Stall() }, Silence: 12 * time.Second, // 10 s and a busy machine
		Restart: func() {
			if err := errors.Join(s.Stop(), s.Start()); err != nil {
				t.Fatal(err)
			}
		},
	}, b, proxy
}

// onChannel makes nodes of one server that meet nobody but each other.
func onChannel(s *redistest.Server) brokertest.Join {
	return func(t *testing.T) livetest.Node {
		node, _, _ := join(t, s, redis.Config{Channel: t.Name()})
		return node
	}
}

// TestStories runs on each server that this machine has: Redis, and Valkey where it is.
func TestStories(t *testing.T) {
	for _, program := range programs {
		t.Run(filepath.Base(program), func(t *testing.T) {
			s, err := redistest.New(program)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			brokertest.Run(t, onChannel(s))
		})
	}
}

func TestConvergence(t *testing.T) { brokertest.Convergence(t, onChannel(shared)) }

// admin is a client of a program that is no node.
func admin(t *testing.T, s *redistest.Server) *client.Client {
	t.Helper()
	c := client.NewClient(&client.Options{Network: "unix", Addr: s.Socket()})
	t.Cleanup(func() { c.Close() })
	return c
}

// within is a context for what must not take long.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
