package live_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// A fetch that ends its goroutine, as t.Fatal does, ends nothing else.
func TestAFetchThatEndsItsGoroutineIsAFailure(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		exits := true
		shared := live.Share(k, "n", func(int) live.Query[int] {
			q := s.number()
			q.Fetch = func(ctx context.Context) (int, error) {
				if exits {
					runtime.Goexit()
				}
				return s.fetch(ctx)
			}
			return q
		})
		if err := load(t, k, keeping(shared.With("all", 1))); err == nil {
			t.Error("loaded")
		}
		exits = false
		time.Sleep(time.Second)
		shows(t, open(t, k, shared.With("all", 1)), "n", "1")
	})
}

func TestAFetchThatEndsTheGoroutineOfItsLoad(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{})
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = load(t, k, keeping(live.Query[int]{Fetch: func(context.Context) (int, error) {
				runtime.Goexit()
				return 0, nil
			}}))
			t.Error("goes on")
		}()
		<-ended
	})
}
