package listener

import (
	"context"
	"math/rand/v2"
	"time"
)

// Reconnect calls connect until it succeeds, and waits before each call: wait, and as much again at random. Failed is called with
// each error. It is false when ctx has ended.
func Reconnect[Conn any](ctx context.Context, wait time.Duration, connect func(ctx context.Context) (Conn, error), failed func(ctx context.Context, err error)) (conn Conn, ok bool) {
	for {
		again := time.NewTimer(wait + rand.N(wait)) //nolint:gosec // so that nodes do not stay in step; nobody gains by guessing it
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return conn, false
		}
		conn, err := connect(ctx)
		if err == nil {
			return conn, true
		}
		failed(ctx, err)
	}
}
