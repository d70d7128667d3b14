package live_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
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

func TestFetchesAreLimitedInTheWholeKeeper(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{MaxFetches: 3}), newSource(0)
		var pages []*livetest.SocketPage
		for range 10 {
			pages = append(pages, open(t, k, s.number()))
		}
		s.slow(100 * ms)
		s.set(1)
		publish(t, k, "n")
		time.Sleep(350 * ms)
		if got := s.count() - 20; got != 10 {
			t.Errorf("%d refetches began within four rounds, want 10", got)
		}
		if s.most != 3 {
			t.Errorf("%d fetches ran at the same time, want 3", s.most)
		}
		time.Sleep(100 * ms)
		for _, p := range pages {
			shows(t, p, "n", "1")
		}
	})
}

// A query that changes all the time gets its turn when the others have had theirs.
func TestFetchesTakeTurns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{MaxFetches: 1})
		var mu sync.Mutex
		var order []string
		for _, name := range []string{"busy", "a", "b", "c"} {
			loading := true
			livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
				_, err := live.Keep(s, name, live.Query[int]{
					Subscribe: []string{name, "all"},
					Fetch: func(ctx context.Context) (int, error) {
						if loading {
							return 0, nil
						}
						mu.Lock()
						order = append(order, name)
						mu.Unlock()
						return 0, pause(ctx, 100*ms)
					},
				})
				return err
			})
			synctest.Wait()
			loading = false
		}
		publish(t, k, "busy")
		synctest.Wait()
		for _, name := range []string{"a", "busy", "b", "c"} {
			publish(t, k, name)
			synctest.Wait()
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := strings.Join(order, " "); got != "busy a b c busy" {
			t.Errorf("turns were %q", got)
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
		cfg := alice
		cfg.Connected = true
		socket, err := k.Connect(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer socket.Close()
		if _, err := live.Keep(socket.Socket(), "n", s.number()); err != nil {
			t.Fatal(err)
		}
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

// load loads a page that never connects.
func load(t *testing.T, k *live.Keeper, handler livetest.Handler) error {
	t.Helper()
	s, err := k.Connect(t.Context(), alice)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := handler(s.Socket()); err != nil {
		return err
	}
	_, err = s.Render()
	return err
}

// sharedOn is the query of the source that all share, changed by the topic.
func sharedOn(k *live.Keeper, s *source, topic string) live.Query[int] {
	q := s.number()
	q.Subscribe = []string{topic}
	return live.Share(k, "n", func(int) live.Query[int] { return q }).With("all", 1)
}

// TestLanesTakeTurns: what one change makes of a thousand private queries waits for itself, and holds up neither loads nor
// what is shared. To wait is no failure.
func TestLanesTakeTurns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{MaxFetches: 2, FetchTimeout: time.Second})
		slow, fast, other := newSource(0), newSource(0), newSource(0)
		pages := make([]*livetest.SocketPage, 0, 60)
		for range 60 {
			pages = append(pages, open(t, k, slow.number()))
		}
		shared := sharedOn(k, fast, "fast")
		watching := open(t, k, shared)
		slow.slow(100 * ms)
		slow.set(1)
		publish(t, k, "n") // 30 rounds of 100 ms: three seconds
		synctest.Wait()
		fast.set(1)
		publish(t, k, "fast")
		time.Sleep(110 * ms)
		shows(t, watching, "n", "1")
		began := time.Now()
		shows(t, open(t, k, other.number()), "n", "0")
		if waited := time.Since(began); waited > 210*ms { // a load, and one of its stream
			t.Errorf("a load waited %v behind the refetches of others", waited)
		}
		time.Sleep(3 * time.Second)
		for _, p := range pages {
			shows(t, p, "n", "1")
		}
		if n := k.Stats().Failures; n != 0 {
			t.Errorf("%d failures", n)
		}
	})
}

// TestALoadWaitsForItsTurn as long as a fetch may take, whether it waits for its own or for a refetch that waited before.
func TestALoadWaitsForItsTurn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{MaxFetches: 1, FetchTimeout: time.Second})
		shared := sharedOn(k, newSource(0), "fast")
		open(t, k, shared)
		loaded, jam := false, make(chan struct{})
		held := newSource(0).number()
		held.Subscribe = []string{"held"}
		held.Fetch = func(context.Context) (int, error) {
			if loaded {
				<-jam // whatever its context says
			}
			return 0, nil
		}
		open(t, k, held)
		loaded = true
		publish(t, k, "held")
		synctest.Wait()
		publish(t, k, "fast") // waits, and the load joins it
		synctest.Wait()
		for name, q := range map[string]live.Query[int]{"a refetch": shared, "itself": newSource(1).number()} {
			began := time.Now()
			_, limited := errors.AsType[*live.LimitError](load(t, k, keeping(q)))
			if waited := time.Since(began); !limited || waited != time.Second {
				t.Errorf("waiting for %s: limited %v after %v", name, limited, waited)
			}
		}
		close(jam)
		synctest.Wait()
		if err := load(t, k, keeping(shared)); err != nil {
			t.Errorf("after the jam: %v", err)
		}
	})
}

// TestLoadsFailNoLongerThanTheNews: what failed a moment ago fails for all who load, but not after a notification: what was
// published may be the repair.
func TestLoadsFailNoLongerThanTheNews(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, src := node(t, live.Config{}), newSource(0)
		shared := sharedOn(k, src, "n")
		again := func() error { return load(t, k, keeping(shared)) }
		open(t, k, shared)
		src.fail(errors.New("the database is away"))
		publish(t, k, "n")
		synctest.Wait()
		fetches := src.count()
		if one, two := again(), again(); one == nil || two == nil || src.count() != fetches {
			t.Errorf("%d fetches for two loads of what has just failed", src.count()-fetches)
		}
		publish(t, k, "n")
		if one, two := again(), again(); one == nil || two == nil || src.count() != fetches+1 {
			t.Errorf("%d fetches for two loads after news that was no repair", src.count()-fetches)
		}
		src.fail(nil)
		publish(t, k, "n")
		if err := again(); err != nil {
			t.Errorf("after the repair was published: %v", err)
		}
	})
}
