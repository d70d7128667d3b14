package listener_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live/internal/listener"
)

func TestReconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, calls, failures := time.Now(), 0, 0
		conn, ok := listener.Reconnect(t.Context(), time.Second, func(context.Context) (string, error) {
			if calls++; calls < 3 {
				return "", errors.New("away")
			}
			return "there", nil
		}, func(context.Context, error) { failures++ })
		if took := time.Since(began); !ok || conn != "there" || failures != 2 || took < 3*time.Second || took >= 6*time.Second {
			t.Errorf("%q (%v) after %d failures in %v", conn, ok, failures, took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, ok := listener.Reconnect(ctx, time.Second, func(context.Context) (int, error) { return 0, errors.New("away") }, func(context.Context, error) {})
		if ok || ctx.Err() == nil {
			t.Error("it ended before its context")
		}
	})
}
