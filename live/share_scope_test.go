package live_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

func TestWhatDiffersIsNotShared(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4)
		shared := live.Share(k, "rows", func(string) live.PageQuery[row, int] { return tb.pages(keyset()) })
		other := live.Share(k, "others", func(string) live.PageQuery[row, int] {
			q := tb.pages(keyset())
			q.Fragments = []fragment.Fragment{livetest.Text("rows", "others")}
			return q
		})
		at := func(path, query string, q any) {
			cfg := alice
			cfg.Path = path
			if query != "" {
				cfg.Query = map[string][]string{"limit": {query}}
			}
			livetest.OpenSocket(t, k, cfg, func(s *live.Socket) error { return keepRows(s, q) })
			synctest.Wait()
		}
		for i, different := range []func(){
			func() { at("/", "", shared.With("team:3", "red")) },
			func() { at("/", "", shared.With("team:4", "red")) },
			func() { at("/", "", shared.With("team:3", "blue")) },
			func() { at("/", "3", shared.With("team:3", "red")) },
			func() { at("/elsewhere", "", shared.With("team:3", "red")) },
			func() { at("/", "", other.With("team:3", "red")) },
		} {
			different()
			if got := len(tb.asks()); got != 1 {
				t.Errorf("page %d: %d fetches, want one of its own", i, got)
			}
			different()
			if got := len(tb.asks()); got != 0 {
				t.Errorf("page %d, once more: %d fetches, want none", i, got)
			}
		}
		if got := k.Stats().Shared; got != 6 {
			t.Errorf("%d shared queries", got)
		}
	})
}

type viewerKey struct{}

// Nothing of a request reaches a shared query: not its fetch, not its rendering, not even the first.
func TestASharedQuerySeesNothingOfARequest(t *testing.T) {
	initial := 7
	for name, alter := range map[string]func(q *live.Query[int]){
		"fetched":            func(*live.Query[int]) {},
		"LoadUntilConnected": func(q *live.Query[int]) { q.LoadUntilConnected = true },
		"Initial":            func(q *live.Query[int]) { q.Initial = &initial },
		"NoRefetch":          func(q *live.Query[int]) { q.Initial, q.NoRefetch = &initial, true },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, s := node(t, live.Config{}), newSource(0)
				var looked atomic.Int64
				look := func(ctx context.Context) {
					looked.Add(1)
					if v := ctx.Value(viewerKey{}); v != nil {
						t.Errorf("a shared query sees %v", v)
					}
				}
				shared := live.Share(k, "n", func(int) live.Query[int] {
					q := s.number()
					q.Fetch = func(ctx context.Context) (int, error) {
						look(ctx)
						return s.fetch(ctx)
					}
					q.Fragments = []fragment.Fragment{livetest.Fragment("n", func(ctx context.Context, _ fragment.Assigns) (string, error) {
						look(ctx)
						return "n", nil
					})}
					alter(&q)
					return q
				})
				ctx := context.WithValue(t.Context(), viewerKey{}, "alice")
				for _, connected := range []bool{false, true} {
					cfg := alice
					cfg.Connected = connected
					socket, err := k.Connect(ctx, cfg)
					if err != nil {
						t.Fatal(err)
					}
					if _, err := live.Keep(socket.Socket(), "n", shared.With("all", 1)); err != nil {
						t.Fatal(err)
					}
					if connected {
						socket.Start()
						synctest.Wait()
					}
					socket.Close()
				}
				if looked.Load() == 0 {
					t.Error("nothing was fetched or rendered")
				}
			})
		})
	}
}

// A viewer who leaves ends nothing for the others: the fetch is nobody's.
func TestASharedFetchOutlivesTheRequestThatBeganIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		s.slow(time.Second)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		impatient, cancel := context.WithCancel(t.Context())
		first := make(chan error, 1)
		go func() {
			socket, _ := k.Connect(impatient, alice)
			defer socket.Close()
			_, err := live.Keep(socket.Socket(), "n", shared.With("all", 1))
			first <- err
		}()
		second := make(chan error, 1)
		go func() { second <- load(t, k, keeping(shared.With("all", 1))) }()
		time.Sleep(500 * ms)
		cancel()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("who has left: %v", err)
		}
		if err := <-second; err != nil {
			t.Errorf("who has waited: %v", err)
		}
		fetchedAt(t, s, 0, 0)
	})
}
