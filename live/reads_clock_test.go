package live_test

import (
	"context"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// A query whose result depends on the time says so once, however many pages keep it, unless it is refetched by the time or never.
func TestAQueryThatReadsTheClockSaysSoOnce(t *testing.T) {
	for name, alter := range map[string]func(q *live.Query[int]){
		"":                func(*live.Query[int]) {},
		"RefetchInterval": func(q *live.Query[int]) { q.RefetchInterval = time.Hour },
		"NoRefetch":       func(q *live.Query[int]) { q.NoRefetch = true },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var log journal
				k, s := node(t, live.Config{Logger: log.logger()}), newSource(0)
				q := s.reading("n")
				fetch := q.Fetch
				q.Fetch = func(ctx context.Context) (int, error) {
					live.ReadsClock(ctx, "now()")
					live.ReadsClock(ctx, "random()")
					return fetch(ctx)
				}
				alter(&q)
				for range 3 {
					livetest.OpenSocket(t, k, alice, keeping(q))
				}
				time.Sleep(time.Minute)
				want := 0
				if name == "" {
					want = 1
				}
				if got := log.count("depends on what changes and tells nobody"); got != want || log.count("assign=n reads=now()") != want {
					t.Errorf("said %d times, want %d: %s", got, want, log.lines.String())
				}
			})
		})
	}
}

// Outside a fetch it does nothing.
func TestReadsClockOutsideAFetch(t *testing.T) { live.ReadsClock(t.Context(), "now()") }
