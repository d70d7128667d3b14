package live_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// Nothing is read where no fetch runs: in a handler, under any other context, and by what a fetch has left behind.
func TestReadsOutsideOfAFetch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		var kept box[context.Context]
		q := s.reading()
		q.Fetch = func(ctx context.Context) (int, error) {
			live.Reads(ctx, "n")
			kept.set(ctx)
			return s.fetch(ctx)
		}
		open(t, k, q)
		live.Reads(t.Context(), "handler")
		live.ReadsSnapshot(context.Background(), "", "nobody")
		live.Reads(kept.get(), "late", "")
		live.ReadsSnapshot(kept.get(), "later")
		follows(t, k, "n")
		publish(t, k, "n")
		follows(t, k, "n")
		fetchedAt(t, s, 0, 0, 0, 0)
	})
}

// A page that is left while its fetch runs follows nothing any more, whatever the fetch goes on to read.
func TestReadsOfAPageThatIsLeft(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.reading()
		q.LoadUntilConnected = true
		q.Fetch = func(ctx context.Context) (int, error) {
			live.Reads(ctx, "before")
			<-ctx.Done()
			time.Sleep(time.Second)
			live.Reads(ctx, "after")
			return 0, nil
		}
		p := livetest.OpenSocket(t, k, alice, keeping(q))
		follows(t, k, "before")
		p.Close()
		follows(t, k)
	})
}

// Several goroutines of a fetch record what they read, and go on after it. Each finds its topic followed when the call
// returns, also where another one was first to name it.
func TestGoroutinesOfAFetchRead(t *testing.T) {
	both(t, func(t *testing.T, shared bool) {
		k, s := node(t, live.Config{}), newSource(0)
		var left sync.WaitGroup
		q := s.reading()
		q.LoadUntilConnected = true
		q.Fetch = func(ctx context.Context) (int, error) {
			var all sync.WaitGroup
			for i := range 16 {
				all.Go(func() {
					live.Reads(ctx, fmt.Sprint("t", i%4))
					if got := live.Followed(k); !strings.Contains(fmt.Sprint(got), fmt.Sprint("t", i%4)) {
						t.Errorf("t%d is not in %q", i%4, got)
					}
				})
				left.Go(func() {
					<-ctx.Done()
					for range 100 {
						live.ReadsSnapshot(ctx, fmt.Sprint("left behind ", i))
					}
				})
			}
			all.Wait()
			return s.fetch(ctx)
		}
		open(t, k, asShared(k, q, shared))
		left.Wait()
		synctest.Wait()
		follows(t, k, "t0", "t1", "t2", "t3")
		fetchedAt(t, s, 0, 0)
	})
}
