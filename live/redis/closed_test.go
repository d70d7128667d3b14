//go:build unix

package redis_test

import (
	"errors"
	"testing"

	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/live/redis"
)

func TestClosed(t *testing.T) {
	a, _, _ := join(t, shared, redis.Config{Channel: "closed"})
	_, b, _ := join(t, shared, redis.Config{Channel: "closed"})
	heard := livetest.Listen(t, b)
	b.Close()
	b.Close()
	livetest.Publish(t, a, "tickets")
	heard.Silent(t)
	if err := b.Publish(t.Context(), []byte("tickets")); !errors.Is(err, redis.ErrClosed) {
		t.Errorf("publishing after Close: %v", err)
	}
	if err := b.Listen(t.Context(), func([]byte) {}); !errors.Is(err, redis.ErrClosed) {
		t.Errorf("listening after Close: %v", err)
	}
}

// Close does not wait for a server that does not answer.
func TestClosedWhileSilent(t *testing.T) {
	_, b, proxy := join(t, shared, redis.Config{Channel: "closed while silent"})
	proxy.Stall()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		b.Close()
	}()
	select {
	case <-closed:
	case <-within(t).Done():
		t.Fatal("Close waits for a silent server")
	}
}
