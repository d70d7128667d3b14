package live_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// A page that refuses after the broadcast is over is woken all the same.
func TestAPageThatRefusesLateIsWoken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		pages := openPages(t, k, 2, shared.With("all", 1))
		late := pages[0].transport
		pages[0].alter(func(c *courier) {
			c.before = func() bool {
				time.Sleep(10 * time.Second)
				return false
			}
		})
		s.set(1)
		publish(t, k, "n")
		time.Sleep(time.Second)
		synctest.Wait()
		if !pages[1].ends("1") || len(late.Changed()) != 0 {
			t.Errorf("the other page has %d patches, this one is woken %d times", len(pages[1].patches()), len(late.Changed()))
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if len(late.Changed()) != 1 {
			t.Error("nobody has woken the page")
		}
	})
}

// However many browsers stall, a broadcast has no more than 64 goroutines that it waits for.
func TestTheGoroutinesOfABroadcastAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		pages := openPages(t, k, 1000, shared.With("all", 1))
		var mu sync.Mutex
		begun := map[time.Time]int{} // deliveries, by when they began
		for _, p := range pages {
			p.alter(func(c *courier) {
				c.before = func() bool {
					mu.Lock()
					begun[time.Now()]++
					mu.Unlock()
					time.Sleep(10 * time.Second)
					return true
				}
			})
		}
		s.set(1)
		publish(t, k, "n")
		time.Sleep(time.Minute)
		synctest.Wait()
		all, most := 0, 0
		for _, n := range begun {
			all, most = all+n, max(most, n)
		}
		if all != len(pages) || most > 64 {
			t.Errorf("%d deliveries, of which %d began at the same time", all, most)
		}
	})
}

// Results that come faster than a broadcast delivers them do not add broadcasts.
func TestOneBroadcastAtATime(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.number()
		q.RefetchWindow = ms
		shared := live.Share(k, "n", func(int) live.Query[int] { return q })
		pages := openPages(t, k, 400, shared.With("all", 1))
		var mu sync.Mutex
		running, most := 0, 0
		for _, p := range pages {
			p.alter(func(c *courier) {
				c.before = func() bool {
					mu.Lock()
					running++
					most = max(most, running)
					mu.Unlock()
					time.Sleep(ms)
					mu.Lock()
					running--
					mu.Unlock()
					return true
				}
			})
		}
		for i := range 10 {
			s.set(i + 1)
			publish(t, k, "n")
			time.Sleep(5 * ms)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if most > runtime.GOMAXPROCS(0) {
			t.Errorf("%d pages were delivered to at the same time", most)
		}
		for i, p := range pages {
			if !p.ends("10") {
				t.Fatalf("page %d ended with %d patches", i, len(p.patches()))
			}
		}
	})
}

// A page without a stream that has begun is sent nothing: the beginning of its stream looks.
func TestAPageThatHasNotBegunIsToldNothing(t *testing.T) {
	for _, connected := range []bool{false, true} {
		t.Run(fmt.Sprintf("connected %t", connected), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, s := node(t, live.Config{}), newSource(0)
				shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
				open := attend(t, k, "open", keeping(shared.With("all", 1)))
				socket, err := k.Connect(t.Context(), live.SocketConfig{Session: "new", Connected: connected})
				if err != nil {
					t.Fatal(err)
				}
				defer socket.Close()
				if err := keeping(shared.With("all", 1))(socket.Socket()); err != nil {
					t.Fatal(err)
				}
				s.set(1)
				publish(t, k, "n")
				synctest.Wait()
				if !open.ends("1") || len(socket.Changed()) != 0 {
					t.Errorf("the open page has %d patches, the new one is woken %d times", len(open.patches()), len(socket.Changed()))
				}
			})
		})
	}
}

// A page comes back while a refetch is under way that knows nothing of the rows it keeps: it is told that it has to ask
// for them.
func TestAPageThatComesBackDuringARefetchIsShownItsRows(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2)
		q := tb.list()
		q.Fetch, q.FetchKeys, q.LoadUntilConnected = tb.top, tb.byKeys, true
		shared := live.Share(k, "rows", func(int) live.ListQuery[row, int] { return q }).With("all", 1)
		p := openRows(t, k, shared)
		shows(t, p, "rows", "1=a 2=a")
		p.Close()
		time.Sleep(time.Minute) // of lingering
		tb.put(row{0, "new"}, row{2, "changed"})
		cfg := live.SocketConfig{Session: "other"}
		other := livetest.OpenSocket(t, k, cfg, func(s *live.Socket) error { return keepRows(s, shared) })
		shows(t, other, "rows", "0=new 1=a")
		tb.slow(50 * ms)
		publish(t, k, "rows")
		time.Sleep(25 * ms)
		if err := p.Reconnect(k); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		shows(t, p, "rows", "1=a 2=changed")
	})
}
