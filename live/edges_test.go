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
	"github.com/htmxlive/htmxlive/paging"
)

// A failed fetch spends no window.
func TestAFailureAtConnectSpendsNoWindow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		q := s.number()
		q.LoadUntilConnected, q.RefetchWindow = true, 10*time.Minute
		s.fail(fmt.Errorf("no connection"))
		p := open(t, k, q)
		shows(t, p, "n", "loading")
		s.fail(nil)
		time.Sleep(time.Second)
		shows(t, p, "n", "1")
	})
}

// After a page change has arrived its browser is on the way to another stream: a change that can not follow is an error.
func TestAPageChangeIsFollowedOrRefused(t *testing.T) {
	for name, early := range map[string]bool{"before the first has arrived": true, "after it": false} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4, 5, 6)
				tr := connect(t, k)
				defer tr.Close()
				if err := keepRows(tr.Socket(), tb.pages(offset())); err != nil {
					t.Fatal(err)
				}
				tr.Start()
				tr.Next()
				if err := tr.Socket().ChangePage("rows", paging.Next); err != nil {
					t.Fatal(err)
				}
				tr.Next()
				synctest.Wait() // the page is there, and not taken yet
				var second error
				if early {
					second = tr.Socket().ChangePage("rows", paging.Next)
				}
				at := ""
				for range 5 {
					if u, _ := tr.Next(); u.Query != nil {
						at = u.Query.Encode()
						break
					}
					synctest.Wait()
				}
				if !early {
					second = tr.Socket().ChangePage("rows", paging.Next)
				}
				switch {
				case early && (second != nil || at != "offset=4"):
					t.Errorf("it returns %v, and the page is at %q", second, at)
				case !early && (!errors.Is(second, live.ErrClosed) || at != "offset=2"):
					t.Errorf("it returns %v, and the page is at %q", second, at)
				}
			})
		})
	}
}

func TestRefetchIntervalCountsFromTheBeginningOfAFetch(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		q := s.number()
		q.RefetchInterval = 10 * time.Second
		open(t, k, q)
		s.slow(3 * time.Second)
		time.Sleep(45 * time.Second)
		fetchedAt(t, s, 2, 10*time.Second, 20*time.Second, 30*time.Second, 40*time.Second)
	})
}

func TestStreamsOfOneUserAreLimitedOverAllSessions(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k := node(t, live.Config{Limits: live.Limits{StreamsPerUser: 3}})
		var open []*live.Transport
		for i := range 5 {
			tr, err := k.Connect(t.Context(), live.SocketConfig{Session: fmt.Sprint(i), User: "alice", Connected: true})
			if (err != nil) != (i >= 3) {
				t.Errorf("stream %d: %v", i, err)
			}
			open = append(open, tr)
		}
		for _, tr := range open {
			tr.Close()
		}
		connect(t, k).Close() // of alice again: all have given their place back
	})
}

type writer func(b []byte)

func (w writer) Write(b []byte) (int, error) { w(b); return len(b), nil }

// A query left a moment ago, joined again and left again is dropped a whole IdleTimeout after that.
func TestALateTimerOfIdlenessDropsNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{IdleTimeout: time.Second}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		var fetches atomic.Int64
		for i := range 5 {
			if err := load(t, k, keeping(shared.With("all", 1))); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second - time.Duration(i)) // up to the very end of the first timer
			fetches.Store(int64(s.count()))
		}
		if fetches.Load() > 2 {
			t.Errorf("%d fetches for one query that was never idle for long", fetches.Load())
		}
	})
}

func parseQuery(t *testing.T, query string) map[string][]string {
	t.Helper()
	q := map[string][]string{}
	for pair := range strings.SplitSeq(query, "&") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			q[name] = append(q[name], value)
		}
	}
	return q
}

func TestTwoQueriesForOneFragmentAreSaidOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log journal
		k, s := node(t, live.Config{Logger: log.logger()}), newSource(0)
		for range 3 {
			if err := load(t, k, func(socket *live.Socket) error {
				q := s.number()
				q.Fragments = []fragment.Fragment{livetest.Fragment("n", func(context.Context, fragment.Assigns) (string, error) { return "x", nil })}
				if _, err := live.Keep(socket, "first", q); err != nil {
					return err
				}
				_, err := live.Keep(socket, "last", q)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		if got := log.count("two queries feed one fragment"); got != 1 {
			t.Errorf("said %d times", got)
		}
	})
}
