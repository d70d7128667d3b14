package live_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/paging"
)

// Each test of this file is a mistake of the closest ancestor.

func TestAncestorWaitedForWhatHasElapsedInsteadOfTheRestOfTheWindow(t *testing.T) {
	for _, elapsed := range []time.Duration{20 * ms, 80 * ms} {
		bubble(t, func(t *testing.T) {
			k, s := node(t, live.Config{}), newSource(0)
			windowed(t, k, s)
			publish(t, k, "n")
			time.Sleep(elapsed)
			publish(t, k, "n")
			time.Sleep(time.Second)
			fetchedAt(t, s, 2, 1000*ms, 1100*ms)
		})
	}
}

func TestAncestorQueuedATimerForEachNotification(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		windowed(t, k, s)
		for range 1000 {
			publish(t, k, "n")
			synctest.Wait()
		}
		if got := live.AlarmsSet(k); got != 1 {
			t.Errorf("%d timers wait for one refetch", got)
		}
		time.Sleep(time.Hour)
		fetchedAt(t, s, 2, 1000*ms, 1100*ms)
		if got := live.AlarmsSet(k); got != 0 {
			t.Errorf("%d timers are left", got)
		}
	})
}

func TestAncestorIgnoredItsRefetchFlag(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.number()
		q.NoRefetch = true
		p := open(t, k, q)
		s.set(1)
		publish(t, k, "n")
		time.Sleep(time.Hour)
		shows(t, p, "n", "0")
		fetchedAt(t, s, 2)
	})
}

func TestAncestorNeverRefilledAnEmptyList(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable()
		p := openRows(t, k, tb.pages(keyset()))
		shows(t, p, "rows", "")
		tb.put(row{1, "a"})
		publish(t, k, "rows")
		shows(t, p, "rows", "1=a")
	})
}

func TestAncestorShowedDeletedRowsForEver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2)
		p := openRows(t, k, tb.pages(keyset()))
		tb.remove(2)
		publish(t, k, "rows")
		shows(t, p, "rows", "1=a 2=gone")
	})
}

func TestAncestorLostNextAfterTheFirstUpdate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4)
		p := openRows(t, k, tb.pages(keyset()))
		for i := range 3 {
			tb.put(row{1, fmt.Sprint(i)})
			publish(t, k, "rows")
			shows(t, p, "links", "next")
		}
		if err := p.Socket().ChangePage("rows", paging.Next); err != nil {
			t.Fatal(err)
		}
		shows(t, p, "rows", "3=a 4=a")
	})
}

func TestAncestorNumberedPageOneZeroAndMissedTheLastPage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4, 5)
		p := openRows(t, k, tb.pages(offset()))
		shows(t, p, "links", "next 1/3")
		for _, step := range []struct {
			to          paging.Target
			rows, links string
		}{{paging.Last, "5=a", "prev 3/3"}, {paging.Number(1), "1=a 2=a", "next 1/3"}, {paging.Number(2), "3=a 4=a", "prev next 2/3"}} {
			if err := p.Socket().ChangePage("rows", step.to); err != nil {
				t.Fatal(err)
			}
			shows(t, p, "rows", step.rows)
			shows(t, p, "links", step.links)
		}
		empty := openRows(t, k, newTable().pages(offset()))
		if err := empty.Socket().ChangePage("rows", paging.Last); err != nil {
			t.Fatal(err)
		}
		shows(t, empty, "links", "1/1")
	})
}

func TestAncestorFetchedBeforeItSubscribed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var order []string
		k, s := node(t, live.Config{}), newSource(0)
		socket := connect(t, k)
		defer socket.Close()
		q := s.number()
		q.SubscribeTo = func(int) []string {
			order = append(order, fmt.Sprintf("fetched after subscribing to %q", live.Followed(k)))
			return nil
		}
		if _, err := live.Keep(socket.Socket(), "n", q); err != nil {
			t.Fatal(err)
		}
		if want := []string{`fetched after subscribing to ["n"]`}; !slices.Equal(order, want) {
			t.Errorf("%q", order)
		}
	})
}

func TestAncestorNeverCancelledItsIntervals(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.number()
		q.RefetchInterval = time.Second
		var pages []*livetest.SocketPage
		for range 5 {
			pages = append(pages, open(t, k, q))
		}
		time.Sleep(2500 * ms)
		synctest.Wait()
		if got := live.AlarmsSet(k); got != 5 {
			t.Errorf("%d timers for five pages", got)
		}
		for _, p := range pages {
			p.Close()
		}
		if got := live.AlarmsSet(k); got != 0 {
			t.Errorf("%d timers for nobody", got)
		}
	})
}

func TestAncestorLetAnyLimitThrough(t *testing.T) {
	bubble(t, func(t *testing.T) {
		ids := make([]int, 500)
		for i := range ids {
			ids[i] = i
		}
		k, tb := node(t, live.Config{}), newTable(ids...)
		page := func(limit string) (int, error) {
			cfg := alice
			cfg.Query = map[string][]string{"limit": {limit}}
			s, err := k.Connect(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			p, err := live.KeepPage(s.Socket(), "rows", tb.pages(keyset()))
			return len(p.Items), err
		}
		for _, limit := range []string{"-5", "0", "x"} {
			if _, err := page(limit); !errors.Is(err, paging.ErrInvalid) {
				t.Errorf("limit %s: %v", limit, err)
			}
		}
		if n, err := page("1000000000"); n != paging.DefaultMaxLimit || err != nil {
			t.Errorf("limit 1e9: %d rows, %v", n, err)
		}
	})
}

func TestAncestorCrashedThePageWhenARefetchFailed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		p := open(t, k, s.number())
		s.fail(errors.New("no connection"))
		publish(t, k, "n")
		shows(t, p, "n", "1")
		if p.Ended() != nil || k.Stats().Streams != 1 {
			t.Error("the stream has ended")
		}
		s.fail(nil)
		s.set(2)
		time.Sleep(time.Second)
		shows(t, p, "n", "2")
	})
}
