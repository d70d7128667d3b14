package live_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// sharing is a shared query "n" of the source, with a counter of its renderings.
func sharing(k *live.Keeper, s *source, rendered *atomic.Int64) *live.Shared[int, live.Query[int]] {
	return live.Share(k, "n", func(int) live.Query[int] {
		q := s.number()
		text := livetest.Text("n", "n")
		q.Fragments = []fragment.Fragment{livetest.Fragment("n", func(ctx context.Context, assigns fragment.Assigns) (string, error) {
			rendered.Add(1)
			b, err := text.Render(ctx, assigns)
			return string(b), err
		})}
		return q
	})
}

func TestEqualSharedQueriesAreOneFetchOneRenderAndTheSameBytes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{Limits: live.Limits{StreamsPerSession: 100}}), newSource(0)
		var rendered atomic.Int64
		shared := sharing(k, s, &rendered)
		var pages []*livetest.SocketPage
		for range 100 {
			pages = append(pages, open(t, k, shared.With("all", 1)))
		}
		if s.count() != 1 || rendered.Load() != 1 {
			t.Errorf("100 loads and 100 streams: %d fetches, %d renderings, want 1 of each", s.count(), rendered.Load())
		}
		s.set(1)
		publish(t, k, "n")
		synctest.Wait()
		if s.count() != 2 || rendered.Load() != 2 {
			t.Errorf("one change more: %d fetches, %d renderings, want 2 of each", s.count(), rendered.Load())
		}
		first := pages[0].Updates()[0].Patches[0]
		for _, p := range pages {
			us := p.Updates()
			if len(us) != 1 || us[0].Patches[0] != first {
				t.Fatal("a page was sent a patch of its own")
			}
		}
	})
}

func TestALoadKeepsTheCohortForItsStream(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{IdleTimeout: 10 * time.Second}), newSource(0)
		var rendered atomic.Int64
		shared := sharing(k, s, &rendered)
		if err := load(t, k, keeping(shared.With("all", 1))); err != nil {
			t.Fatal(err)
		}
		time.Sleep(9 * time.Second)
		socket := connect(t, k)
		if _, err := live.Keep(socket.Socket(), "n", shared.With("all", 1)); err != nil {
			t.Fatal(err)
		}
		fetchedAt(t, s, 0, 0)
		socket.Close()

		// Nobody looks, but what changes is noticed.
		time.Sleep(5 * time.Second)
		s.set(1)
		publish(t, k, "n")
		time.Sleep(time.Second)
		fetchedAt(t, s, 1)
		p := open(t, k, shared.With("all", 1))
		shows(t, p, "n", "1")
		fetchedAt(t, s, 1, 15*time.Second)
		p.Close()

		time.Sleep(10 * time.Second)
		synctest.Wait()
		if st := k.Stats(); st.Shared != 0 || st.Topics != 0 {
			t.Errorf("after lingering: %+v", st)
		}
		open(t, k, shared.With("all", 1))
		fetchedAt(t, s, 2, 25*time.Second)
	})
}

func TestIdleCohortsAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{MaxIdle: 3}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		for i := range 10 {
			if err := load(t, k, keeping(shared.With("all", i))); err != nil {
				t.Fatal(err)
			}
		}
		if got := k.Stats().Shared; got != 3 {
			t.Errorf("%d linger, want 3", got)
		}
		for i := range 3 { // the newest three
			if err := load(t, k, keeping(shared.With("all", 9-i))); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.count(); got != 10 {
			t.Errorf("%d fetches, want no more than the first ten", got)
		}
		if err := load(t, k, keeping(shared.With("all", 6))); err != nil {
			t.Fatal(err)
		}
		if got := s.count(); got != 11 {
			t.Errorf("%d fetches, want one for a query that did not linger", got)
		}
	})
}

// After a restart everybody comes back at once.
func TestTenThousandStreamsJoinWithOneFetch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		s.slow(50 * ms)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		var joined sync.WaitGroup
		sockets := make([]*live.Transport, 10_000)
		for i := range sockets {
			joined.Go(func() {
				cfg := live.SocketConfig{Session: fmt.Sprint(i), Connected: true}
				socket, err := k.Connect(t.Context(), cfg)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := live.Keep(socket.Socket(), "n", shared.With("all", 1)); err != nil {
					t.Error(err)
				}
				sockets[i] = socket
			})
		}
		joined.Wait()
		if t.Failed() {
			t.FailNow()
		}
		for _, socket := range sockets {
			socket.Start()
		}
		fetchedAt(t, s, 0, 0)

		s.set(1)
		publish(t, k, "n")
		time.Sleep(time.Second)
		fetchedAt(t, s, 1, 50*ms)
		patches := map[*live.Patch]int{}
		for _, socket := range sockets {
			<-socket.Changed()
			u, ok := socket.Next()
			if !ok || len(u.Patches) != 1 {
				t.Fatalf("update: %+v", u)
			}
			patches[u.Patches[0]]++
			socket.Close()
		}
		if len(patches) != 1 {
			t.Errorf("%d patches were made for one change", len(patches))
		}
	})
}

func TestWiringMistakesPanic(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		for name, mistake := range map[string]func(){
			"no scope":      func() { shared.With("", 1) },
			"no build":      func() { live.Share[int, live.Query[int]](k, "none", nil) },
			"defined twice": func() { live.Share(k, "n", func(string) live.Query[int] { return s.number() }) },
			"AfterFetch": func() {
				after := live.Share(k, "after", func(int) live.Query[int] {
					return live.Query[int]{Fetch: s.fetch, AfterFetch: func(context.Context, int, func(string, any)) error { return nil }}
				})
				_ = load(t, k, keeping(after.With("all", 1)))
			},
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: no panic", name)
					}
				}()
				mistake()
			}()
		}
		if err := load(t, node(t, live.Config{}), keeping(shared.With("all", 1))); err == nil {
			t.Error("a shared query of another keeper was kept")
		}
	})
}
