package live_test

import (
	"errors"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

func TestAFailureKeepsTheLastGoodStateAndIsRetriedWithBackoff(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log journal
		k, s := node(t, live.Config{Logger: log.logger()}), newSource(1)
		p := open(t, k, s.number())
		s.fail(errors.New("no connection"))
		s.set(2)
		publish(t, k, "n")
		time.Sleep(100 * time.Second)
		fetchedAt(t, s, 2, 0, 500*ms, 1500*ms, 3500*ms, 7500*ms, 15500*ms, 31500*ms, 61500*ms, 91500*ms)
		shows(t, p, "n", "1")
		if got := len(p.Updates()); got != 0 {
			t.Errorf("%d updates were sent for failed refetches", got)
		}
		if log.count("no connection") != 9 || k.Stats().Failures != 9 {
			t.Errorf("%d failures logged and %d counted, want 9", log.count("no connection"), k.Stats().Failures)
		}

		s.fail(nil)
		time.Sleep(30 * time.Second)
		shows(t, p, "n", "2")
		n := s.count()
		s.set(3)
		publish(t, k, "n")
		shows(t, p, "n", "3") // at once: the backoff is forgotten
		time.Sleep(time.Hour)
		if got := s.count(); got != n+1 {
			t.Errorf("%d fetches after it had healed, want 1", got-n)
		}
		s.fail(errors.New("no connection"))
		n = s.count()
		publish(t, k, "n")
		time.Sleep(time.Second)
		if got := s.count(); got != n+2 {
			t.Errorf("%d fetches in the first second of another failure, want 2", got-n)
		}
	})
}

func TestChangesDuringABackoffDoNotHurryIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		open(t, k, s.number())
		s.fail(errors.New("no connection"))
		publish(t, k, "n")
		for range 100 {
			time.Sleep(10 * ms)
			publish(t, k, "n")
		}
		fetchedAt(t, s, 2, 0, 500*ms)
	})
}

func TestTheBackoffIsJittered(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{Rand: func() float64 { return 0 }}), newSource(1)
		open(t, k, s.number())
		s.fail(errors.New("no connection"))
		publish(t, k, "n")
		time.Sleep(2 * time.Second)
		fetchedAt(t, s, 2, 0, 450*ms, 1350*ms)
	})
}
