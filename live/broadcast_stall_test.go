package live_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// Browsers that have just stopped to read take the goroutines of the broadcast with them, not the broadcast.
func TestPagesThatStallHoldUpNobody(t *testing.T) {
	for _, stalled := range []int{1, 10, 300} {
		t.Run(fmt.Sprint(stalled), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, s := node(t, live.Config{}), newSource(0)
				shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
				pages := openPages(t, k, 1000, shared.With("all", 1))
				for i := range stalled {
					pages[i*1000/stalled].alter(func(c *courier) { c.takes = 10 * time.Second })
				}
				began := time.Now()
				s.set(1)
				publish(t, k, "n")
				time.Sleep(100 * ms)
				synctest.Wait()
				for i, p := range pages {
					p.mu.Lock()
					quick, got := p.takes == 0, len(p.got)
					p.mu.Unlock()
					if quick && got != 1 {
						t.Fatalf("page %d, which reads, has %d patches after 100 ms", i, got)
					}
				}
				s.set(2) // the next broadcast does not wait for them either
				publish(t, k, "n")
				time.Sleep(100 * ms)
				synctest.Wait()
				for i, p := range pages {
					p.mu.Lock()
					quick, got := p.takes == 0, len(p.got)
					p.mu.Unlock()
					if quick && got != 2 {
						t.Fatalf("page %d, which reads, has %d patches after another 100 ms", i, got)
					}
				}
				time.Sleep(30 * time.Second)
				synctest.Wait()
				for i, p := range pages {
					if !p.ends("2") {
						t.Errorf("page %d ended with %d patches, %v after", i, len(p.patches()), time.Since(began))
					}
				}
			})
		})
	}
}

// A page that cannot be delivered to is woken.
func TestAPageThatRefusesIsWoken(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		for name, q := range map[string]live.Query[int]{"shared": shared.With("all", 1), "private": s.number()} {
			p := attend(t, k, name, keeping(q))
			p.alter(func(c *courier) { c.refuses = true })
			s.set(s.get() + 1)
			publish(t, k, "n")
			synctest.Wait()
			if len(p.patches()) != 0 || len(p.transport.Changed()) != 1 {
				t.Errorf("%s: %d patches, woken %d times", name, len(p.patches()), len(p.transport.Changed()))
			}
			<-p.transport.Changed()
			if u := p.next(); len(u.Patches) != 1 {
				t.Errorf("%s: %+v", name, u)
			}
		}
	})
}
