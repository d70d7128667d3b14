package live_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

func TestAnIntervalEndsWithTheLastViewer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.number()
		q.RefetchInterval = time.Second
		p := open(t, k, q)
		time.Sleep(3500 * ms)
		fetchedAt(t, s, 2, 1*time.Second, 2*time.Second, 3*time.Second)
		p.Close()
		time.Sleep(time.Hour)
		fetchedAt(t, s, 2, 1*time.Second, 2*time.Second, 3*time.Second)
	})
}

func TestAnIntervalIsJittered(t *testing.T) {
	for _, jitter := range []struct {
		random float64
		want   time.Duration
	}{{0, 900 * ms}, {0.5, time.Second}, {0.999, 1099800 * time.Microsecond}} {
		bubble(t, func(t *testing.T) {
			k, s := node(t, live.Config{Rand: func() float64 { return jitter.random }}), newSource(0)
			q := s.number()
			q.RefetchInterval = time.Second
			open(t, k, q)
			time.Sleep(1500 * ms)
			fetchedAt(t, s, 2, jitter.want)
		})
	}
}

func TestTheTimersOfASharedQueryEndWithItsLastViewer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] {
			q := s.number()
			q.RefetchInterval, q.RefetchWindow = time.Second, 100*ms
			return q
		})
		a, b := open(t, k, shared.With("all", 1)), open(t, k, shared.With("all", 1))
		time.Sleep(1500 * ms)
		a.Close()
		time.Sleep(time.Second)
		n := s.count()
		if at := s.since(n - 1); at[0] != 2*time.Second {
			t.Errorf("the last refetch began at %v, want 2s: one viewer is left", at)
		}
		publish(t, k, "n")
		synctest.Wait()
		publish(t, k, "n") // and one that waits for the end of its window
		n = s.count()
		b.Close()
		if got := live.AlarmsSet(k); got != 1 {
			t.Errorf("%d timers wait, want the one of lingering", got)
		}
		time.Sleep(time.Hour)
		if got := s.count(); got != n {
			t.Errorf("%d refetches without a viewer", got-n)
		}
	})
}

// An interval that elapses during a refetch wants nothing that is not being done.
func TestAnIntervalDoesNotAddToARefetchUnderWay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.number()
		q.RefetchInterval = time.Second
		open(t, k, q)
		s.slow(500 * ms)
		time.Sleep(700 * ms)
		publish(t, k, "n") // runs from 700 to 1200
		time.Sleep(2 * time.Second)
		fetchedAt(t, s, 2, 700*ms, 1700*ms, 2700*ms)
	})
}

func TestRefetchIntervalCountsFromTheBeginningOfAFetch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.number()
		q.RefetchInterval = 10 * time.Second
		open(t, k, q)
		s.slow(3 * time.Second)
		time.Sleep(45 * time.Second)
		fetchedAt(t, s, 2, 10*time.Second, 20*time.Second, 30*time.Second, 40*time.Second)
	})
}
