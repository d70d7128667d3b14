package live_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// A query left a moment ago, joined again and left again is dropped a whole IdleTimeout after that.
func TestALateTimerOfIdlenessDropsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{IdleTimeout: time.Second}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		var fetches atomic.Int64
		for i := range 5 {
			if err := load(t, k, keeping(shared.With("all", 1))); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second - time.Duration(i)) // up to the very end of the first timer
			fetches.Store(int64(s.count()))
		}
		if fetches.Load() > 2 {
			t.Errorf("%d fetches for one query that was never idle for long", fetches.Load())
		}
	})
}
