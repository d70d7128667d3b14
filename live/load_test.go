package live_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/paging"
)

func TestLoadUntilConnectedRunsOnTheStreamOnly(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		q := s.number()
		q.LoadUntilConnected = true
		var returned []int
		handler := func(socket *live.Socket) error {
			n, err := live.Keep(socket, "n", q)
			returned = append(returned, n)
			return err
		}
		socket, err := k.Connect(t.Context(), alice)
		if err != nil {
			t.Fatal(err)
		}
		if err := handler(socket.Socket()); err != nil {
			t.Fatal(err)
		}
		renderings, err := socket.Render()
		if err != nil || string(renderings[0].Inline()) != `<p id="n">loading</p>` {
			t.Errorf("the page shows %s, %v", renderings[0].Inline(), err)
		}
		socket.Close()
		fetchedAt(t, s, 0)

		s.slow(time.Second)
		p := livetest.OpenSocket(t, k, alice, handler)
		shows(t, p, "n", "loading")
		time.Sleep(time.Second)
		shows(t, p, "n", "1")
		fetchedAt(t, s, 0, 0)
		if len(p.Updates()) != 1 || returned[0] != 0 {
			t.Errorf("%d updates, Keep returned %d", len(p.Updates()), returned[0])
		}
	})
}

// What a browser shows is not taken away until there is something newer.
func TestAReconnectShowsNoPlaceholderAgain(t *testing.T) {
	for name, alter := range map[string]func(q *live.Query[int]){
		"LoadUntilConnected": func(q *live.Query[int]) { q.LoadUntilConnected = true },
		"Initial":            func(q *live.Query[int]) { n := -1; q.Initial = &n },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, s := node(t, live.Config{}), newSource(1)
				q := s.number()
				alter(&q)
				p := open(t, k, q)
				shows(t, p, "n", "1")
				n := len(p.Updates())
				s.slow(time.Second)
				if err := p.Reconnect(k); err != nil {
					t.Fatal(err)
				}
				shows(t, p, "n", "1")
				time.Sleep(2 * time.Second)
				shows(t, p, "n", "1")
				if got := len(p.Updates()); got != n {
					t.Errorf("%d updates for nothing new", got-n)
				}
			})
		})
	}
}

// An error at load is the handler's: 404, 403, 400 or whatever it makes of it.
func TestErrorsAtLoadGoToTheHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		broken := errors.New("broken")
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		for _, want := range []error{live.ErrGone, live.ErrForbidden, broken} {
			s.fail(want)
			if err := load(t, k, keeping(s.number())); !errors.Is(err, want) {
				t.Errorf("load of a fetch that fails with %v: %v", want, err)
			}
			publish(t, k, "n") // or the shared query, which lingers, would say what it has found before
			if err := load(t, k, keeping(shared.With("all", 1))); !errors.Is(err, want) {
				t.Errorf("load of a shared fetch that fails with %v: %v", want, err)
			}
		}
		cfg := alice
		cfg.Query = map[string][]string{"limit": {"-5"}}
		socket, err := k.Connect(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer socket.Close()
		var bad *paging.Error
		if _, err := live.KeepPage(socket.Socket(), "rows", newTable().pages(keyset())); !errors.As(err, &bad) || bad.Param != "limit" {
			t.Errorf("a bad parameter: %v", err)
		}
		if _, err := live.KeepPage(socket.Socket(), "rows", newTable().pages(nil)); err == nil || !strings.Contains(err.Error(), "has no Paging") {
			t.Errorf("without a list: %v", err)
		}
		if socket.Live() {
			t.Error("a page that keeps nothing is live")
		}
	})
}

func TestAPageThatIsLeftWaitsForItsFetches(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		p := open(t, k, s.number())
		var ended time.Time
		q := s.number()
		q.Fetch = func(ctx context.Context) (int, error) {
			<-ctx.Done()
			time.Sleep(time.Second) // rolls back, say, with what belongs to the request
			ended = time.Now()
			return 0, ctx.Err()
		}
		second := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			q := q
			if !socket.Connected() {
				q.Fetch = s.fetch
			} else {
				q.LoadUntilConnected = true
			}
			_, err := live.Keep(socket, "n", q)
			return err
		})
		synctest.Wait()
		began := time.Now()
		second.Close()
		if got := time.Since(began); got != time.Second || !ended.Equal(time.Now()) {
			t.Errorf("Close returned after %v, and the fetch ended %v before it", got, time.Since(ended))
		}
		shows(t, p, "n", "0")
	})
}

func TestASocketThatIsClosedKeepsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		socket := connect(t, k)
		socket.Close()
		socket.Close()
		for range 20 { // where this hangs on a select, it would sometimes do the right thing
			if _, err := live.Keep(socket.Socket(), "n", s.number()); !errors.Is(err, live.ErrClosed) {
				t.Fatalf("Keep on a closed socket: %v", err)
			}
		}
	})
}

// A query may be of an interface type: nil is no value of any type then.
func TestANilResultIsAResult(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{})
		seen := 0
		p := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
			_, err := live.Keep(s, "any", live.Query[any]{
				Fetch:       func(context.Context) (any, error) { return nil, nil },
				SubscribeTo: func(any) []string { seen++; return nil },
				AfterFetch:  func(context.Context, any, func(string, any)) error { seen++; return nil },
				Fragments:   []fragment.Fragment{livetest.Text("any", "any")},
			})
			return err
		})
		shows(t, p, "any", "<nil>")
		if seen != 4 {
			t.Errorf("the result was seen %d times, want 4", seen)
		}
	})
}
