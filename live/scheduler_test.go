package live_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

func TestChangesDuringAFetchAreExactlyOneMore(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		p := open(t, k, s.number())
		s.slow(50 * ms)
		publish(t, k, "n")
		for i := range 10 {
			time.Sleep(4 * ms)
			s.set(i)
			publish(t, k, "n")
		}
		time.Sleep(time.Second)
		fetchedAt(t, s, 2, 0, 50*ms)
		shows(t, p, "n", "9")
		if s.most != 1 {
			t.Errorf("%d fetches of one query ran at the same time", s.most)
		}
	})
}

func TestWithoutViewersThereAreNoQueries(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.number()
		q.RefetchInterval, q.RefetchWindow = time.Second, 100*ms
		p := open(t, k, q)
		publish(t, k, "n")
		p.Close() // with a refetch waiting for the end of its window
		n := s.count()
		publish(t, k, "n")
		time.Sleep(time.Hour)
		if got := s.count(); got != n {
			t.Errorf("%d fetches that nobody sees", got-n)
		}
		if st := k.Stats(); st.Topics != 0 {
			t.Errorf("%d topics are followed for nobody", st.Topics)
		}
	})
}

// A page that is loaded and never connects costs its load and nothing more.
func TestALoadAloneFollowsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.number()
		q.RefetchInterval = time.Second
		if err := load(t, k, keeping(q)); err != nil {
			t.Fatal(err)
		}
		publish(t, k, "n")
		time.Sleep(time.Hour)
		if got := s.count(); got != 1 {
			t.Errorf("%d fetches for a load, want 1", got)
		}
	})
}

func TestNoRefetchIsRerunByRefetchOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.number()
		q.NoRefetch, q.RefetchInterval = true, time.Second
		p := open(t, k, q)
		s.set(1)
		publish(t, k, "n")
		k.Resync()
		time.Sleep(time.Minute)
		fetchedAt(t, s, 2)
		if err := p.Socket().Refetch("n"); err != nil {
			t.Fatal(err)
		}
		shows(t, p, "n", "1")
		fetchedAt(t, s, 2, time.Minute)
	})
}

func TestRefetchOfNoNameIsOfAll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, a, b := node(t, live.Config{}), newSource(0), newSource(0)
		p := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
			if _, err := live.Keep(s, "a", live.Query[int]{Fetch: a.fetch, Fragments: []fragment.Fragment{livetest.Text("a", "a")}}); err != nil {
				return err
			}
			_, err := live.Keep(s, "b", live.Query[int]{Fetch: b.fetch, Fragments: []fragment.Fragment{livetest.Text("b", "b")}})
			return err
		})
		a.set(1)
		b.set(2)
		if err := p.Socket().Refetch("b"); err != nil {
			t.Fatal(err)
		}
		shows(t, p, "a", "0")
		shows(t, p, "b", "2")
		if err := p.Socket().Refetch(); err != nil {
			t.Fatal(err)
		}
		shows(t, p, "a", "1")
		if err := p.Socket().Refetch("c"); !errors.Is(err, live.ErrUnknown) {
			t.Errorf("Refetch of an unknown name: %v", err)
		}
		p.Close()
		if err := p.Socket().Refetch("a"); !errors.Is(err, live.ErrClosed) {
			t.Errorf("Refetch on a page that is left: %v", err)
		}
	})
}

func TestAFetchHasATimeLimit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log journal
		k, s := node(t, live.Config{FetchTimeout: 3 * time.Second, Logger: log.logger()}), newSource(0)
		p := open(t, k, s.number())
		s.slow(time.Hour)
		s.set(1)
		publish(t, k, "n")
		time.Sleep(3100 * ms)
		synctest.Wait()
		if log.count(context.DeadlineExceeded.Error()) != 1 {
			t.Error("no failure was reported when the time was up")
		}
		s.slow(0)
		time.Sleep(time.Second)
		shows(t, p, "n", "1")
		fetchedAt(t, s, 2, 0, 3500*ms)
	})
}

func TestAPrivateRefetchStartsOnlyAfterStart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		socket := connectNumber(t, k, alice, s)
		publish(t, k, "n") // the handler still runs, say in a transaction
		time.Sleep(time.Second)
		fetchedAt(t, s, 1)
		socket.Start()
		fetchedAt(t, s, 1, time.Second) // not lost either
	})
}

func TestRefetchesOfOnePageRunSideBySide(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			for i := range 3 {
				if _, err := live.Keep(socket, fmt.Sprint(i), live.Query[int]{Fetch: s.fetch, Subscribe: []string{"n"}}); err != nil {
					return err
				}
			}
			return nil
		})
		s.slow(100 * ms)
		publish(t, k, "n")
		time.Sleep(time.Second)
		if got := s.since(6); !slices.Equal(got, []time.Duration{0, 0, 0}) {
			t.Errorf("refetches began at %v, want all at once", got)
		}
	})
}
