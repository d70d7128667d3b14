package live_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
)

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

// TestPrioritiesTakeTurns: what one change makes of a thousand private queries waits for itself, and holds up neither loads nor
// what is shared. To wait is no failure.
func TestPrioritiesTakeTurns(t *testing.T) {
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

// TestALoadWaitsForItsPlace as long as a fetch may take, whether it waits for its own or for a refetch that waited before.
func TestALoadWaitsForItsPlace(t *testing.T) {
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
