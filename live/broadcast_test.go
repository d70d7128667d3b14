package live_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

func TestABroadcastDeliversToEveryPageInTheOrderInWhichTheyCame(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		pages := openPages(t, k, 100, shared.With("all", 1))
		for i := range 40 { // leave, so that the rest closes up
			pages[2*i].transport.Close()
		}
		var order []int
		var mu sync.Mutex
		stay := []int{}
		for i, p := range pages {
			if i < 80 && i%2 == 0 {
				continue
			}
			stay = append(stay, i)
			p.alter(func(c *courier) {
				c.before = func() bool {
					mu.Lock()
					defer mu.Unlock()
					order = append(order, i)
					return true
				}
			})
		}
		s.set(1)
		publish(t, k, "n")
		synctest.Wait()
		first := pages[1].patches()[0]
		for _, i := range stay {
			if got := pages[i].patches(); len(got) != 1 || got[0] != first {
				t.Errorf("page %d was delivered %d patches", i, len(got))
			}
			if len(pages[i].transport.Changed()) > 0 {
				t.Errorf("page %d is woken as well", i)
			}
		}
		if len(order) != len(stay) {
			t.Fatalf("%d deliveries to %d pages", len(order), len(stay))
		}
		// Two goroutines tell, each in order, whichever of them the scheduler keeps waiting.
		last := [2]int{-1, -1}
		for _, i := range order {
			slices.Sort(last[:])
			switch {
			case i > last[1]:
				last[1] = i
			case i > last[0]:
				last[0] = i
			default:
				t.Fatalf("told in the order %v", order)
			}
		}
	})
}

func TestAPrivateQueryDelivers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		p := attend(t, k, "alice", keeping(s.number()))
		for i := range 3 {
			s.set(i + 1)
			publish(t, k, "n")
			synctest.Wait()
			if got := len(p.patches()); got != i+1 || len(p.transport.Changed()) != 0 {
				t.Errorf("%d patches after %d changes, woken %d times", got, i+1, len(p.transport.Changed()))
			}
		}
	})
}

// What runs the application's code, or has to come before what changed, is left to the page's own goroutine.
func TestWhatIsNotReady(t *testing.T) {
	for name, c := range map[string]struct {
		handler func(s *source) livetest.Handler
		before  func(tr *live.Transport)
	}{
		"a fragment of several results": {handler: func(s *source) livetest.Handler {
			return func(socket *live.Socket) error {
				if _, err := live.Keep(socket, "n", s.number()); err != nil {
					return err
				}
				var rendered atomic.Int64
				return socket.Compose(words(&rendered, "n"), "n")
			}
		}},
		"a hook that decides": {handler: func(s *source) livetest.Handler {
			return func(socket *live.Socket) error {
				socket.OnNotification(func(_ context.Context, _ string, names []string) []string { return names })
				_, err := live.Keep(socket, "n", s.number())
				return err
			}
		}, before: func(tr *live.Transport) { tr.Next() }},
		"a refetch": {before: func(tr *live.Transport) { _ = tr.Socket().Refetch() }},
		"an end":    {before: func(tr *live.Transport) { tr.End(live.CloseReason{Permanent: true}) }},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, s := node(t, live.Config{}), newSource(0)
				handler := keeping(s.number())
				if c.handler != nil {
					handler = c.handler(s)
				}
				p := attend(t, k, "alice", handler)
				if c.before != nil {
					c.before(p.transport)
				}
				s.set(1)
				publish(t, k, "n")
				synctest.Wait()
				if len(p.patches()) != 0 {
					t.Error("it was delivered")
				}
				for shown := false; !shown; { // the hook first, then what it leads to
					select {
					case <-p.transport.Changed():
					default:
						t.Fatal("the page is not woken")
					}
					u := p.next()
					shown = len(u.Patches) > 0 || u.Close != nil
					synctest.Wait()
					if len(p.patches()) > 0 {
						return // once the hook has run there is nothing to do before
					}
				}
			})
		})
	}
}

// A result that comes during a broadcast reaches every page; a page that has not been reached yet gets it at once.
func TestAResultDuringABroadcastReachesEverybody(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		pages := openPages(t, k, 200, shared.With("all", 1))
		for _, p := range pages {
			p.alter(func(c *courier) { c.takes = ms })
		}
		s.set(1)
		publish(t, k, "n")
		time.Sleep(20 * ms)
		s.set(2)
		publish(t, k, "n")
		time.Sleep(time.Second)
		synctest.Wait()
		once := 0
		for i, p := range pages {
			if !p.ends("2") {
				t.Errorf("page %d ended with %d patches", i, len(p.patches()))
			}
			if len(p.patches()) == 1 {
				once++
			}
		}
		if once == 0 || once == len(pages) {
			t.Errorf("%d of %d pages were sent one patch; only those at the end of the broadcast should be", once, len(pages))
		}
	})
}

// Close waits for the goroutines of a broadcast, as for all others.
func TestCloseWaitsForABroadcast(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := live.NewKeeper(live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		pages := openPages(t, k, 2, shared.With("all", 1))
		pages[0].alter(func(c *courier) { c.takes = 3 * time.Second })
		s.set(1)
		publish(t, k, "n")
		synctest.Wait()
		began := time.Now()
		for _, p := range pages {
			go func() {
				time.Sleep(time.Second)
				p.transport.Close()
			}()
		}
		if err := k.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("closed after %v, the delivery takes 3 s", took)
		}
	})
}
