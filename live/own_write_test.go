package live_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/htmxlive/htmxlive/live"
)

// shownAt is the number that a page shows that is loaded now. It is for any goroutine: what goes wrong is an error of t, and -1.
func shownAt(t *testing.T, k *live.Keeper, q live.Query[int]) int {
	t.Helper()
	s, err := k.Connect(t.Context(), alice)
	if err != nil {
		t.Error(err)
		return -1
	}
	defer s.Close()
	if err := keeping(q)(s.Socket()); err != nil {
		t.Error(err)
		return -1
	}
	renderings, err := s.Render()
	if err != nil {
		t.Error(err)
		return -1
	}
	html := strings.TrimSuffix(strings.TrimPrefix(string(renderings[0].Inline()), `<p id="n">`), `</p>`)
	n, err := strconv.Atoi(html)
	if err != nil {
		t.Errorf("the page shows %q", html)
		return -1
	}
	return n
}

// ways are what a page's query may be, beside private or shared.
var ways = map[string]func(q *live.Query[int]){
	"plain":    func(*live.Query[int]) {},
	"window":   func(q *live.Query[int]) { q.RefetchWindow = 700 * ms },
	"interval": func(q *live.Query[int]) { q.RefetchInterval = 300 * ms },
	"manual":   func(q *live.Query[int]) { q.NoRefetch = true },
	"initial":  func(q *live.Query[int]) { q.Initial = new(int) },
	"reads": func(q *live.Query[int]) {
		fetch := q.Fetch
		q.Subscribe, q.Fetch = nil, func(ctx context.Context) (int, error) {
			live.Reads(ctx, "n")
			return fetch(ctx)
		}
	},
	"snapshot": func(q *live.Query[int]) {
		fetch := q.Fetch
		q.Subscribe, q.Fetch = nil, func(ctx context.Context) (int, error) {
			n, err := fetch(ctx)
			live.ReadsSnapshot(ctx, "n")
			return n, err
		}
	},
}

// way is the query of that name. A private one that is given its result shows what its handler gave, and is not meant here.
func way(k *live.Keeper, s *source, name string, shared bool) live.Query[int] {
	q := s.number()
	ways[name](&q)
	if shared {
		q = live.Share(k, "n", func(int) live.Query[int] { return q }).With("all", 1)
	}
	return q
}

// What a page shows that is loaded after a change was published is at least as new as the change: whatever runs, waits or
// is warm at that moment.
func TestReadYourOwnWrite(t *testing.T) {
	for name := range ways {
		for _, shared := range []bool{false, true} {
			for i, before := range []time.Duration{0, 0, 100 * ms, 100 * ms, 400 * ms, 800 * ms} { // the newest fetch began then
				watched := i%2 == 0
				if name == "initial" && (!shared || !watched) {
					continue // what a handler gives is its own to choose, and who hears nothing is given it
				}
				t.Run(fmt.Sprint(name, " shared ", shared, " watched ", watched, " ", before), func(t *testing.T) {
					bubble(t, func(t *testing.T) {
						k, s := node(t, live.Config{}), newSource(1)
						q := way(k, s, name, shared)
						if watched {
							open(t, k, q)
						}
						s.slow(200 * ms)
						publish(t, k, "n") // a refetch runs now, or waits for its window
						var others sync.WaitGroup
						others.Go(func() { shownAt(t, k, q) })
						time.Sleep(before)
						s.set(2)
						publish(t, k, "n")
						if got := shownAt(t, k, q); got != 2 {
							t.Errorf("the form's answer shows %d", got)
						}
						others.Wait()
					})
				})
			}
		}
	}
}

// Many write and read at the same time, each of them reads what it wrote.
func TestReadYourOwnWriteAmongOthers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(ways))).Draw(rt, "query")
		shared := name == "initial" || rapid.Bool().Draw(rt, "shared")
		takes := rapid.SampledFrom([]time.Duration{0, ms, 50 * ms, 300 * ms}).Draw(rt, "fetch takes")
		writers := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 400), 1, 5), 1, 4).Draw(rt, "pauses of writers (ms)")
		var faults []string
		bubble(t, func(t *testing.T) {
			k, s := node(t, live.Config{}), newSource(0)
			q := way(k, s, name, shared)
			open(t, k, q)
			s.slow(takes)
			var mu sync.Mutex
			var wg sync.WaitGroup
			for _, pauses := range writers {
				wg.Go(func() {
					for _, d := range pauses {
						time.Sleep(time.Duration(d) * ms)
						s.mu.Lock()
						s.n++
						mine := s.n
						s.mu.Unlock()
						publish(t, k, "n")
						if got := shownAt(t, k, q); got < mine {
							mu.Lock()
							faults = append(faults, fmt.Sprintf("wrote %d, the answer shows %d", mine, got))
							mu.Unlock()
						}
					}
				})
			}
			wg.Wait()
		})
		if len(faults) > 0 {
			rt.Fatalf("%s: %v", name, faults)
		}
	})
}
