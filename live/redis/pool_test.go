//go:build unix

package redis_test

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	client "github.com/redis/go-redis/v9"

	"github.com/htmxlive/htmxlive/live/redis"
)

// deafConn is a connection whose network can fall silent for good.
type deafConn struct {
	net.Conn

	deaf atomic.Bool
}

func (c *deafConn) Write(b []byte) (int, error) {
	if c.deaf.Load() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

// A burst of publications leaves many connections, which a silent network leaves dead: they are not tried one after the other.
func TestDeadConnectionsOfThePool(t *testing.T) {
	var mu sync.Mutex
	var conns []*deafConn // guarded by mu
	_, b, _ := join(t, shared, redis.Config{PingInterval: 100 * time.Millisecond, Configure: func(o *client.UniversalOptions) {
		o.PoolSize = 20
		o.Dialer = func(ctx context.Context, network, address string) (net.Conn, error) {
			plain, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			mu.Lock()
			defer mu.Unlock()
			conns = append(conns, &deafConn{Conn: plain})
			return conns[len(conns)-1], nil
		}
	}})
	publish := func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		return b.Publish(ctx, []byte("x"))
	}
	for begun := time.Now(); ; {
		if time.Since(begun) > 10*time.Second {
			t.Fatal("a burst makes no connections")
		}
		var burst sync.WaitGroup
		for range 40 {
			burst.Go(func() { _ = publish() })
		}
		burst.Wait()
		mu.Lock()
		enough := len(conns) > 10
		mu.Unlock()
		if enough {
			break
		}
	}
	mu.Lock()
	for _, c := range conns {
		c.deaf.Store(true)
	}
	mu.Unlock()
	time.Sleep(5500 * time.Millisecond) // of real time: Redis has no other
	for begun := time.Now(); !b.Connected(); time.Sleep(time.Millisecond) {
		if time.Since(begun) > 10*time.Second {
			t.Fatal("it does not connect again")
		}
	}
	for i := range 10 {
		if err := publish(); err != nil {
			t.Fatalf("publication %d: %v", i, err)
		}
	}
}
