package live_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// While a node does not hear the others, a result that is warm may be out of date. Pages that are loaded then show what was fetched
// after they came, and share fetches.
func TestLoadsWhileTheBrokerIsAway(t *testing.T) {
	for name := range ways {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				_, m := newClusterOf(t, 2)
				s := newSource(1)
				q := way(m[1].Keeper, s, name, true)
				open(t, m[1].Keeper, q)
				m[1].bus.Cut()
				s.set(2) // and published by the other node, which nobody hears here
				if got := shownAt(t, m[1].Keeper, q); got != 2 {
					t.Errorf("a page shows %d that is loaded while the broker is away", got)
				}
				s.slow(100 * ms)
				before := s.count()
				loads(t, 100, func(i int) {
					if got := shownAt(t, m[1].Keeper, q); got != 2 {
						t.Errorf("load %d shows %d", i, got)
					}
				})
				if got := s.count() - before; got > 3 {
					t.Errorf("%d fetches for a hundred loads at a time", got)
				}
				m[1].bus.Mend()
				time.Sleep(time.Second)
				before = s.count()
				loads(t, 100, func(int) { shownAt(t, m[1].Keeper, q) })
				if got := s.count() - before; name != "manual" && name != "interval" && got > 0 {
					t.Errorf("%d fetches for loads of a warm result, once the broker is back", got)
				}
			})
		})
	}
}

// The same where only the way from one node is cut, which nobody says: the node is silent here.
func TestLoadsWhileARouteIsCut(t *testing.T) {
	for name := range ways {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				_, m := newClusterOf(t, 2)
				s := newSource(1)
				q := way(m[1].Keeper, s, name, true)
				open(t, m[1].Keeper, q)
				m[0].bus.CutRoute(m[1].bus)
				time.Sleep(healed)
				for n := 2; n < 20; n++ {
					s.set(n) // and published by the other node
					if got := shownAt(t, m[1].Keeper, q); got != n {
						t.Fatalf("a page shows %d, not %d, while the other node is silent", got, n)
					}
					time.Sleep(3 * time.Second)
				}
				m[0].bus.MendRoute(m[1].bus)
				time.Sleep(2 * time.Minute)
				before := s.count()
				loads(t, 100, func(int) { shownAt(t, m[1].Keeper, q) })
				if got := s.count() - before; name != "manual" && name != "interval" && got > 0 {
					t.Errorf("%d fetches for loads of a warm result, when the other node is heard again", got)
				}
			})
		})
	}
}

// loads runs f so many times at a time.
func loads(t *testing.T, n int, f func(i int)) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

// A browser that has just written on another node sees what it wrote, whatever this node has heard.
func TestFreshLoads(t *testing.T) {
	for name := range ways {
		for _, connected := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " connected ", connected), func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					k, s := node(t, live.Config{}), newSource(1)
					q := way(k, s, name, true)
					old := open(t, k, q)
					s.set(2) // and published elsewhere
					before := s.count()
					cfg := alice
					cfg.Fresh, cfg.Connected = true, connected
					tr, err := k.Connect(t.Context(), cfg)
					if err != nil {
						t.Fatal(err)
					}
					defer tr.Close()
					if err := keeping(q)(tr.Socket()); err != nil {
						t.Fatal(err)
					}
					tr.Start()
					time.Sleep(100 * ms)
					synctest.Wait()
					tr.Next()
					html, err := tr.Render()
					if err != nil || string(html[0].Inline()) != `<p id="n">2</p>` {
						t.Errorf("the page shows %s, %v", html[0].Inline(), err)
					}
					if got := s.count() - before; got != 1 {
						t.Errorf("%d fetches", got)
					}
					if name != "manual" {
						shows(t, old, "n", "2")
					}
				})
			})
		}
	}
}
