package live_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
)

// composed opens a page with queries a and b, which share the topic "both", and a fragment of the two.
func composed(t *testing.T, k *live.Keeper, a, b *source, rendered *atomic.Int64) *livetest.SocketPage {
	t.Helper()
	p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
		for name, s := range map[string]*source{"a": a, "b": b} {
			if _, err := live.Keep(socket, name, live.Query[int]{Fetch: s.fetch, Subscribe: []string{name, "both"}}); err != nil {
				return err
			}
		}
		socket.Assign("title", "sum")
		return socket.Compose(words(rendered, "title", "a", "b"), "title", "a", "b")
	})
	synctest.Wait()
	return p
}

func TestAComposedFragmentIsRenderedOncePerSettledVersion(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, a, b := node(t, live.Config{}), newSource(1), newSource(2)
		var rendered atomic.Int64
		p := composed(t, k, a, b, &rendered)
		shows(t, p, "sum", "sum 1 2")
		a.slow(10 * ms)
		b.slow(20 * ms)
		a.set(3)
		b.set(4)
		n := rendered.Load()
		publish(t, k, "both")
		time.Sleep(15 * ms)
		shows(t, p, "sum", "sum 1 2") // b is on its way
		time.Sleep(15 * ms)
		shows(t, p, "sum", "sum 3 4")
		if rendered.Load() != n+1 {
			t.Errorf("rendered %d times, want once", rendered.Load()-n)
		}
		if got := len(p.Updates()); got != 1 {
			t.Errorf("%d updates", got)
		}

		a.slow(0)
		a.set(5)
		publish(t, k, "a")
		shows(t, p, "sum", "sum 5 4")
	})
}

// Where changes never pause, what depends on them is shown between them.
func TestAComposedFragmentDoesNotWaitForEver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, a, b := node(t, live.Config{}), newSource(0), newSource(0)
		var rendered atomic.Int64
		p := composed(t, k, a, b, &rendered)
		a.slow(10 * ms)
		b.slow(15 * ms)
		for i := range 100 {
			a.set(i + 1)
			publish(t, k, "both")
			time.Sleep(5 * ms)
		}
		if got := len(p.Updates()); got < 10 {
			t.Errorf("%d updates in half a second of changes, want at least 10", got)
		}
		time.Sleep(time.Second)
		shows(t, p, "sum", "sum 100 0")
	})
}

func TestAComposedFragmentThatFailsIsRetried(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		var fail box[error]
		var rendered atomic.Int64
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			if _, err := live.Keep(socket, "n", live.Query[int]{Fetch: s.fetch, Subscribe: []string{"n"}}); err != nil {
				return err
			}
			return socket.Compose(livetest.Fragment("sum", func(context.Context, fragment.Assigns) (string, error) {
				rendered.Add(1)
				return fmt.Sprint(s.get()), fail.get()
			}), "n")
		})
		synctest.Wait()
		fail.set(errors.New("no"))
		s.set(2)
		publish(t, k, "n")
		time.Sleep(2 * time.Second) // at 0, 500 and 1500 ms
		shows(t, p, "sum", "1")
		if rendered.Load() != 5 || k.Stats().Failures != 3 {
			t.Errorf("rendered %d times, %d failures", rendered.Load(), k.Stats().Failures)
		}
		fail.set(nil)
		time.Sleep(2 * time.Second)
		shows(t, p, "sum", "2")
	})
}

// What belongs to a forbidden result goes with it, plain assigns of its version included.
func TestComposedFragmentsAreClearedToo(t *testing.T) {
	for status, err := range map[string]error{"cleared": live.ErrForbidden, "gone": live.ErrGone} {
		bubble(t, func(t *testing.T) {
			k, s := node(t, live.Config{}), newSource(1)
			var rendered atomic.Int64
			p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
				q := s.number()
				q.AfterFetch = func(_ context.Context, _ int, assign func(string, any)) error {
					assign("secret", "secret")
					return nil
				}
				if _, err := live.Keep(socket, "n", q); err != nil {
					return err
				}
				return socket.Compose(words(&rendered, "n", "secret"), "n", "secret")
			})
			shows(t, p, "sum", "1 secret")
			s.fail(err)
			publish(t, k, "n")
			shows(t, p, "sum", status+" "+status)
		})
	}
}

func TestComposeOfWhatIsLoadedLater(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		var rendered atomic.Int64
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			q := s.number()
			q.LoadUntilConnected = true
			q.AfterFetch = func(_ context.Context, n int, assign func(string, any)) error {
				assign("double", 2*n)
				return nil
			}
			if _, err := live.Keep(socket, "n", q); err != nil {
				return err
			}
			return socket.Compose(words(&rendered, "n", "double"), "n", "double")
		})
		shows(t, p, "sum", "1 2")
		first := string(p.Updates()[0].Patches[0].HTML)
		if !strings.Contains(first, "loading") && len(p.Updates()) != 1 {
			t.Errorf("updates %q", first)
		}
	})
}

func TestComposeOfAnUnknownNameIsAnError(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		var rendered atomic.Int64
		err := load(t, k, func(socket *live.Socket) error {
			if _, err := live.Keep(socket, "n", s.number()); err != nil {
				return err
			}
			return socket.Compose(words(&rendered, "n", "m"), "n", "m")
		})
		if !errors.Is(err, live.ErrUnknown) {
			t.Errorf("Compose: %v", err)
		}
	})
}
