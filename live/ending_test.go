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

// A ticket moves to another team: what may not be seen any more is more than one query of the page, and
// they do not find out at the same time.
func TestAStreamThatEndsPermanentLeavesNothingForbiddenOnThePage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s, tb := node(t, live.Config{}), newSource(1), newTable(1, 2)
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			q := s.number()
			q.NoRefetch = true
			if _, err := live.Keep(socket, "n", q); err != nil {
				return err
			}
			return keepRows(socket, tb.list())
		})
		shows(t, p, "n", "1")
		s.slow(3 * time.Second)
		s.fail(live.ErrForbidden)
		tb.fail(live.ErrForbidden)
		publish(t, k, "rows")
		shows(t, p, "rows", "cleared")
		if end := p.Ended(); end != nil {
			t.Fatalf("the stream ends before the other query was asked: %+v", end)
		}
		time.Sleep(4 * time.Second)
		shows(t, p, "n", "cleared")
		if end := p.Ended(); end == nil || !end.Permanent {
			t.Errorf("the stream has ended: %+v", end)
		}
	})
}

func TestAFragmentOfWhatOnlyAfterFetchSetsFollowsAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		var rendered atomic.Int64
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			q := s.number()
			q.Fragments = nil
			q.AfterFetch = func(_ context.Context, n int, assign func(string, any)) error {
				assign("double", 2*n)
				return nil
			}
			if _, err := live.Keep(socket, "n", q); err != nil {
				return err
			}
			return socket.Compose(words(&rendered, "double"), "double")
		})
		shows(t, p, "sum", "2")
		s.set(5)
		publish(t, k, "n")
		shows(t, p, "sum", "10")
	})
}

// Many queries of one page become forbidden at once. Which of them is asked last is up to the scheduler: in real time, so
// that each round has another order.
func TestNothingForbiddenStaysWhenAStreamEndsPermanent(t *testing.T) {
	const queries = 8
	k := node(t, live.Config{MaxFetches: 64})
	for range 2000 {
		var forbidden atomic.Bool
		s := connect(t, k)
		for i := range queries {
			name := fmt.Sprint("q", i)
			_, err := live.Keep(s.Socket(), name, live.Query[string]{
				Fetch: func(context.Context) (string, error) {
					if forbidden.Load() {
						return "", live.ErrForbidden
					}
					return "secret", nil
				},
				Subscribe: []string{"t"}, Fragments: []fragment.Fragment{livetest.Text(name, name)},
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		s.Start()
		s.Next()
		forbidden.Store(true)
		publish(t, k, "t")
		shown := map[string]string{}
		for ended := false; !ended; {
			<-s.Changed()
			u, _ := s.Next()
			for _, p := range u.Patches {
				_, id, _ := strings.Cut(string(p.HTML), `id="`)
				id, _, _ = strings.Cut(id, `"`)
				shown[id] = string(p.HTML)
			}
			ended = u.Close != nil
		}
		for i := range queries {
			if html := shown[fmt.Sprint("q", i)]; !strings.Contains(html, "cleared") {
				t.Errorf("ended for good, and q%d shows %q", i, html)
			}
		}
		s.Close()
	}
}

// A query that failed before may be forbidden, too: the end waits until it has been tried.
func TestAStreamThatEndsPermanentWaitsForATry(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s, tb := node(t, live.Config{}), newSource(1), newTable(1, 2)
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			if _, err := live.Keep(socket, "n", s.number()); err != nil {
				return err
			}
			return keepRows(socket, tb.list())
		})
		shows(t, p, "n", "1")
		s.fail(errors.New("a moment's trouble"))
		publish(t, k, "n")
		time.Sleep(10 * ms)
		shows(t, p, "n", "1")
		s.fail(live.ErrForbidden) // the trouble is over
		tb.fail(live.ErrForbidden)
		publish(t, k, "rows")
		time.Sleep(40 * time.Second)
		shows(t, p, "rows", "cleared")
		if end := p.Ended(); end == nil || !end.Permanent {
			t.Errorf("the stream has ended: %+v", end)
		}
		shows(t, p, "n", "cleared")
	})
}

// A query that fails meanwhile is asked once more, at once; if it fails again the end waits no longer.
func TestTheTryThatAnEndWaitsFor(t *testing.T) {
	for name, c := range map[string]struct {
		again   error         // of the next try
		takes   time.Duration // the next try
		passes  time.Duration // until the subject is forbidden
		waits   time.Duration // the end, for the next try
		showing string
	}{
		"in a backoff": {again: errLost, passes: 100 * ms, waits: 0, showing: "1"},
		"in a try":     {again: live.ErrForbidden, takes: 3 * time.Second, passes: time.Second, waits: 6 * time.Second, showing: "cleared"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, s, tb := node(t, live.Config{}), newSource(1), newTable(1, 2)
				p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
					if _, err := live.Keep(socket, "n", s.number()); err != nil {
						return err
					}
					return keepRows(socket, tb.list())
				})
				shows(t, p, "n", "1")
				s.fail(errLost)
				publish(t, k, "n")
				synctest.Wait()
				s.slow(c.takes)
				s.fail(c.again)
				time.Sleep(c.passes)
				tb.fail(live.ErrForbidden)
				publish(t, k, "rows")
				shows(t, p, "rows", "cleared")
				if end := p.Ended(); (end == nil) != (c.waits > 0) {
					t.Errorf("the stream has ended: %+v", end)
				}
				time.Sleep(c.waits)
				shows(t, p, "n", c.showing)
				if end := p.Ended(); end == nil || !end.Permanent || end.Reload {
					t.Errorf("the stream has ended: %+v", end)
				}
			})
		})
	}
}
