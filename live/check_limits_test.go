package live_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// What cannot be found out, or is not to be, is not checked: no fetch is made.
func TestWhatIsNotChecked(t *testing.T) {
	for name, alter := range map[string]func(k *live.Keeper, q *live.Query[int]) livetest.Handler{
		"NoRefetch": func(_ *live.Keeper, q *live.Query[int]) livetest.Handler { q.NoRefetch = true; return keeping(*q) },
		"RefetchInterval": func(_ *live.Keeper, q *live.Query[int]) livetest.Handler {
			q.RefetchInterval = time.Hour
			return keeping(*q)
		},
		"a hook": func(_ *live.Keeper, q *live.Query[int]) livetest.Handler {
			return func(s *live.Socket) error {
				s.OnNotification(func(context.Context, string, []string) []string { return nil })
				return keeping(*q)(s)
			}
		},
	} {
		bubble(t, func(t *testing.T) {
			k, _ := checked(t)
			s := newSource(1)
			q := s.number()
			livetest.OpenSocket(t, k, alice, alter(k, &q))
			time.Sleep(5 * time.Second)
			if st := k.Stats(); st.Checks != 0 {
				t.Errorf("%s: %+v", name, st)
			}
		})
	}
	bubble(t, func(t *testing.T) { // nobody looks at it
		k, _ := checked(t)
		s := newSource(1)
		open(t, k, asShared(k, s.number(), true)).Close()
		time.Sleep(5 * time.Second)
		if st := k.Stats(); st.Checks != 0 {
			t.Errorf("a query that nobody watches: %+v", st)
		}
	})
}

// A check that fails, or ends its goroutine, changes nothing; it is logged like a refetch.
func TestAFailingCheckChangesNothing(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error":  func() error { return errors.New("no connection") },
		"panic":  func() error { panic("no connection") },
		"goexit": func() error { runtime.Goexit(); return nil },
	} {
		both(t, func(t *testing.T, shared bool) {
			k, log := checked(t)
			s := newSource(1)
			q := s.number()
			var failing box[bool]
			q.Fetch = func(ctx context.Context) (int, error) {
				if failing.get() {
					if err := fail(); err != nil {
						return 0, err
					}
				}
				return s.fetch(ctx)
			}
			p := open(t, k, asShared(k, q, shared))
			n := s.count()
			failing.set(true)
			time.Sleep(1500 * ms)
			if st := k.Stats(); st.Checks != 1 {
				t.Errorf("%s: %+v", name, st)
			}
			failing.set(false)
			s.set(2)
			publish(t, k, "n") // waits for no backoff
			shows(t, p, "n", "2")
			fetchedAt(t, s, n, 1500*ms)
			if st := k.Stats(); st.Findings != 0 || name != "goexit" && log.count("refetch failed") != 1 {
				t.Errorf("%s: %+v, and the log says\n%s", name, st, log.lines.String())
			}
		})
	}
}

// A check takes no place that anything else waits for, and binds no window: the first change after it refetches at once.
func TestACheckHoldsUpNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{CheckInterval: time.Second, MaxFetches: 1}), newSource(1)
		q := s.number()
		q.RefetchWindow = 700 * ms
		p := open(t, k, q)
		n := s.count()
		time.Sleep(1100 * ms)
		fetchedAt(t, s, n, 1000*ms)
		s.set(2)
		publish(t, k, "n")
		shows(t, p, "n", "2")
		fetchedAt(t, s, n+1, 1100*ms)
		s.slow(3 * time.Second)
		publish(t, k, "n") // begins at the end of the window
		time.Sleep(700 * ms)
		checks := k.Stats().Checks
		open(t, k, live.Query[int]{Fetch: newSource(1).fetch, Subscribe: []string{"other"}, Fragments: q.Fragments, LoadUntilConnected: true})
		time.Sleep(2500 * ms)
		if got := k.Stats().Checks; got != checks {
			t.Errorf("%d checks beside a refetch that has the only place", got-checks)
		}
		time.Sleep(5 * time.Second)
		if got := k.Stats().Checks; got == checks {
			t.Error("no check after it")
		}
	})
}

// Without checks there is no goroutine and no timer.
func TestNoCheckCostsNothing(t *testing.T) {
	count := func(cfg live.Config) int {
		before := runtime.NumGoroutine()
		k := live.NewKeeper(cfg)
		n := runtime.NumGoroutine() - before
		if err := k.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if off, on := count(live.Config{}), count(live.Config{CheckInterval: time.Hour}); off != 0 || on != 1 {
		t.Errorf("a keeper has %d goroutines without checks, want 0, and %d with them, want 1", off, on)
	}
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		open(t, k, s.number())
		n := s.count()
		time.Sleep(24 * time.Hour)
		fetchedAt(t, s, n)
		if n := live.AlarmsSet(k); n != 0 {
			t.Errorf("%d alarms are set", n)
		}
		k.CheckEvery(time.Hour)
		k.CheckEvery(time.Minute) // does nothing
		time.Sleep(90 * time.Minute)
		synctest.Wait()
		if st := k.Stats(); st.Checks != 1 {
			t.Errorf("switched on later: %+v", st)
		}
	})
}

// A check that finds nothing new does not hide from a load that what it would show has changed.
func TestACheckLeavesALoadFresh(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, _ := checked(t)
		tb := newTable(1, 2)
		q := sharedRows(k, rowsOf(kinds(tb, live.ResultsKeep)["page"], "rows"))
		openRows(t, k, q)
		tb.put(row{0, "new"})
		changed(t, k, 0) // which nobody shows
		time.Sleep(3 * time.Second)
		if st := k.Stats(); st.Checks == 0 || st.Findings != 0 {
			t.Errorf("%+v", st)
		}
		shows(t, openRows(t, k, q), "rows", "0=new 1=a")
	})
}

// Nor does a check that is under way.
func TestALoadDuringACheckIsFresh(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, _ := checked(t)
		tb := newTable(1, 2)
		q := sharedRows(k, rowsOf(kinds(tb, live.ResultsKeep)["page"], "rows"))
		openRows(t, k, q)
		tb.takes = 500 * time.Millisecond
		tb.put(row{0, "new"})
		changed(t, k, 0) // which nobody shows
		for k.Stats().Checks == 0 {
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
		}
		shows(t, openRows(t, k, q), "rows", "0=new 1=a")
	})
}

// A notification within the grace counts even where facts skip it: what it tells of may be what the check has shown by then.
func TestASkippedNotificationIsAnAnnouncement(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, _ := checked(t)
		tb := newTable(1, 2, 3)
		openRows(t, k, sharedRows(k, rowsOf(kinds(tb, live.ResultsKeep)["page"], "rows")))
		time.Sleep(990 * ms)
		tb.put(row{1, "b"})
		time.Sleep(300 * ms)
		changed(t, k, 3)
		time.Sleep(3 * time.Second)
		if st := k.Stats(); st.Findings != 0 {
			t.Errorf("%+v", k.Findings())
		}
	})
}
