package live_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
)

// A load asks again when the failure is half a second old, however long open pages wait, and makes them wait no longer.
func TestALoadDoesNotWaitForTheBackoffOfAFailingSharedQuery(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		p := open(t, k, shared.With("all", 1))
		broken := errors.New("the database is away")
		s.fail(broken)
		publish(t, k, "n")
		time.Sleep(5 * time.Second)
		for range 20 {
			before := s.count()
			for range 10 {
				if err := load(t, k, keeping(shared.With("all", 1))); !errors.Is(err, broken) {
					t.Fatal(err)
				}
			}
			if got := s.count() - before; got > 1 {
				t.Errorf("ten loads were %d fetches", got)
			}
			time.Sleep(500 * ms)
		}
		s.fail(nil)
		s.set(2)
		if err := load(t, k, keeping(shared.With("all", 1))); err != nil {
			t.Errorf("a load, when the database is back: %v", err)
		}
		shows(t, p, "n", "2")
	})
}

func TestLoadsDoNotLengthenABackoff(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		p := open(t, k, shared.With("all", 1))
		s.fail(errors.New("the database is away"))
		publish(t, k, "n")
		for range 9 {
			time.Sleep(510 * ms)
			if err := load(t, k, keeping(shared.With("all", 1))); err == nil {
				t.Fatal("loaded")
			}
		}
		s.fail(nil)
		s.set(2)
		time.Sleep(5 * time.Second) // as long as it has failed
		shows(t, p, "n", "2")
	})
}

// A page that comes late to a query that nothing marks is shown what is true then.
func TestAStreamOfADeferredQueryWithoutTopicsIsShownWhatIsTrueThen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		shared := live.Share(k, "n", func(int) live.Query[int] {
			q := s.number()
			q.Subscribe, q.LoadUntilConnected = nil, true
			return q
		})
		shows(t, open(t, k, shared.With("all", 1)), "n", "1")
		s.set(2)
		shows(t, open(t, k, shared.With("all", 1)), "n", "2")
	})
}

// While nobody watches no interval refetches, so a load looks how old the result is.
func TestALoadWhileAnIntervalRestsFetches(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		shared := live.Share(k, "n", func(int) live.Query[int] {
			q := s.number()
			q.RefetchInterval = time.Second
			return q
		})
		for range 5 {
			if err := load(t, k, keeping(shared.With("all", 1))); err != nil {
				t.Fatal(err)
			}
			time.Sleep(900 * ms)
		}
		fetchedAt(t, s, 0, 0, 1800*ms, 3600*ms)
	})
}

// A database that is down is not asked by every one of a thousand loads.
func TestManyLoadsOfAFailingSharedQueryAreFewFetches(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		s.fail(errors.New("no connection"))
		s.slow(100 * ms)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		began := time.Now()
		var loads sync.WaitGroup
		for i := range 1000 {
			loads.Go(func() {
				time.Sleep(time.Duration(i) * ms)
				if err := load(t, k, keeping(shared.With("all", 1))); err == nil {
					t.Error("a load succeeded")
				}
			})
		}
		loads.Wait()
		if took := time.Since(began); took > 1100*ms {
			t.Errorf("the last load was answered after %v", took)
		}
		fetchedAt(t, s, 0, 0, 600*ms)
		s.fail(nil)
		time.Sleep(2 * time.Second)
		if err := load(t, k, keeping(shared.With("all", 1))); err != nil {
			t.Errorf("once it is back: %v", err)
		}
	})
}

// A load inside a window is not shown what is known to be old.
func TestALoadIsAsFreshAsItsRequest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] {
			q := s.number()
			q.RefetchWindow = time.Hour
			return q
		})
		p := open(t, k, shared.With("all", 1))
		for i := range 3 {
			s.set(i + 1)
			publish(t, k, "n")
			shows(t, p, "n", fmt.Sprint(i)) // its turn comes in an hour
			if got := p.FreshText("n"); got != fmt.Sprint(i+1) {
				t.Errorf("a load after the change shows %s", got)
			}
			shows(t, p, "n", fmt.Sprint(i+1)) // what was fetched for one is for all
		}
	})
}

// Without topics nothing says that a lingering result is old, so a load asks again.
func TestASharedQueryWithoutTopicsIsFetchedByEachLoad(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(interval time.Duration) live.Query[int] {
			q := s.number()
			q.Subscribe, q.RefetchInterval = nil, interval
			return q
		})
		for range 3 {
			if err := load(t, k, keeping(shared.With("all", 0))); err != nil {
				t.Fatal(err)
			}
		}
		fetchedAt(t, s, 0, 0, 0, 0)

		// With an interval, a result that is younger than one is good enough: a page is one fetch, not two.
		open(t, k, shared.With("all", time.Second))
		fetchedAt(t, s, 3, 0)
		time.Sleep(1500 * ms)
		open(t, k, shared.With("all", time.Second))
		fetchedAt(t, s, 4, time.Second)
	})
}

// Once all viewers keep rows only those are fetched; Initial, which was for the first load, is not for later ones.
func TestALoadOfASharedQueryWithInitialAfterItsRowsWereKept(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3)
		shared := live.Share(k, "rows", func(int) live.ListQuery[row, int] {
			q := tb.list()
			q.Fetch, q.FetchKeys, q.Initial = tb.top, tb.byKeys, &[]row{{1, "initial"}}
			return q
		})
		p := openRows(t, k, shared.With("all", 1))
		shows(t, p, "rows", "1=a")
		tb.put(row{1, "b"})
		publish(t, k, "rows")
		shows(t, p, "rows", "1=b")
		late := openRows(t, k, shared.With("all", 1))
		shows(t, late, "rows", "1=b 2=a")
	})
}
