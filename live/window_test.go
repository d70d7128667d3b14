package live_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// windowed opens a page with a window of 100 ms and lets a second pass, so that the load is long ago. Two
// fetches belong to it: of the load, and of the stream.
func windowed(t *testing.T, k *live.Keeper, s *source) *livetest.SocketPage {
	t.Helper()
	q := s.number()
	q.RefetchWindow = 100 * ms
	p := open(t, k, q)
	time.Sleep(time.Second)
	return p
}

func TestTheFirstChangeRefetchesAtOnceAndTheRestAtTheEndOfTheWindow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		p := windowed(t, k, s)
		for i := range 8 {
			s.set(i)
			publish(t, k, "n")
			time.Sleep(10 * ms)
		}
		shows(t, p, "n", "0")
		time.Sleep(time.Second)
		fetchedAt(t, s, 2, 1000*ms, 1100*ms)
		shows(t, p, "n", "7")
	})
}

func TestTenThousandNotificationsInAWindowAreTwoFetches(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		p := windowed(t, k, s)
		for i := range 10_000 {
			s.set(i + 1)
			publish(t, k, "n")
			if i%200 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		time.Sleep(time.Hour)
		fetchedAt(t, s, 2, 1000*ms, 1100*ms)
		shows(t, p, "n", "10000")
		if got := len(p.Updates()); got != 2 {
			t.Errorf("the page was sent %d updates, want 2", got)
		}
	})
}

func TestThereIsNoTrailingRunWhereARefetchBeganAfterTheChange(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] {
			q := s.number()
			q.RefetchWindow = 100 * ms
			return q
		})
		p := open(t, k, shared.With("all", 1))
		time.Sleep(time.Second)
		publish(t, k, "n") // at 1000: at once
		time.Sleep(30 * ms)
		s.set(1)
		publish(t, k, "n") // due at 1100
		time.Sleep(10 * ms)
		open(t, k, shared.With("all", 1)) // a load must not show what is known to be old: it fetches at 1040
		time.Sleep(time.Second)
		fetchedAt(t, s, 1, 1000*ms, 1040*ms)
		shows(t, p, "n", "1")
	})
}

func TestAWindowIsCountedFromTheBeginningOfTheLastRefetch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		windowed(t, k, s)
		s.slow(60 * ms)
		publish(t, k, "n")
		time.Sleep(70 * ms) // done at 1060
		publish(t, k, "n")
		time.Sleep(time.Second)
		s.slow(150 * ms) // longer than the window
		publish(t, k, "n")
		time.Sleep(20 * ms)
		publish(t, k, "n")
		time.Sleep(time.Second)
		fetchedAt(t, s, 2, 1000*ms, 1100*ms, 2070*ms, 2220*ms)
	})
}

func TestRefetchKeepsToTheWindow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		p := windowed(t, k, s)
		for range 20 {
			if err := p.Socket().Refetch(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(ms)
		}
		time.Sleep(time.Second)
		fetchedAt(t, s, 2, 1000*ms, 1100*ms)
	})
}

// A page that comes late waits for no window, and is one fetch more at most.
func TestAPageThatComesLateWaitsForNoWindow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		shared := live.Share(k, "n", func(int) live.Query[int] {
			q := s.number()
			q.LoadUntilConnected, q.RefetchWindow = true, 10*time.Second
			return q
		})
		shows(t, open(t, k, shared.With("all", 1)), "n", "1")
		time.Sleep(time.Second)
		s.set(2)
		publish(t, k, "n")
		for range 5 {
			shows(t, open(t, k, shared.With("all", 1)), "n", "2")
		}
		fetchedAt(t, s, 0, 0, time.Second)
	})
}

// A failed fetch spends no window.
func TestAFailureAtConnectSpendsNoWindow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		q := s.number()
		q.LoadUntilConnected, q.RefetchWindow = true, 10*time.Minute
		s.fail(fmt.Errorf("no connection"))
		p := open(t, k, q)
		shows(t, p, "n", "loading")
		s.fail(nil)
		time.Sleep(time.Second)
		shows(t, p, "n", "1")
	})
}
