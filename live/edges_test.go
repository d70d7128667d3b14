package live_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/paging"
)

// An Initial is for the page whose options it has: others fetch their own rows, whoever shares the query.
func TestInitialIsForItsOwnPage(t *testing.T) {
	for _, sharing := range []bool{false, true} {
		t.Run(fmt.Sprintf("shared %t", sharing), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, tb := node(t, live.Config{}), newTable(1, 2, 3, 4, 5)
				o, err := offset().Parse(nil, "")
				if err != nil {
					t.Fatal(err)
				}
				initial, err := paging.NewPage(o, []row{{7, "given"}}, func(r row, _ string) any { return r.ID }, paging.Exact(5))
				if err != nil {
					t.Fatal(err)
				}
				q := func() live.PageQuery[row, int] {
					q := tb.pages(offset())
					q.Initial, q.NoRefetch = &initial, true
					return q
				}
				get := q
				if sharing {
					shared := live.Share(k, "rows", func(int) live.PageQuery[row, int] { return q() })
					get = func() live.PageQuery[row, int] { return shared.With("all", 1) }
				}
				for query, want := range map[string]string{"": "7=given", "offset=2": "3=a 4=a", "limit=1": "1=a", "tab=x": "7=given"} {
					cfg := alice
					cfg.Query = parseQuery(t, query)
					p := livetest.OpenSocket(t, k, cfg, func(s *live.Socket) error { return keepRows(s, get()) })
					shows(t, p, "rows", want)
				}
			})
		})
	}
}

// What may not be seen any more goes at once, whatever windows and backoffs hold for what may be.
func TestWhatIsForbiddenWaitsForNoWindow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, slow, fast := node(t, live.Config{}), newSource(1), newSource(1)
		p := livetest.OpenSocket(t, k, alice, func(s *live.Socket) error {
			one := slow.number()
			one.RefetchWindow = time.Hour
			one.Fragments = []live.Fragment{livetest.Text("slow", "slow")}
			if _, err := live.Keep(s, "slow", one); err != nil {
				return err
			}
			_, err := live.Keep(s, "n", fast.number())
			return err
		})
		shows(t, p, "slow", "1")
		slow.fail(live.ErrForbidden)
		fast.fail(live.ErrForbidden)
		publish(t, k, "n")
		shows(t, p, "n", "cleared")
		shows(t, p, "slow", "cleared")
		if end := p.Ended(); end == nil || !end.Permanent {
			t.Errorf("ended: %+v", end)
		}
	})
}

// A page that is allowed to see its subject again before its stream has ended lives on.
func TestForbiddenAndAllowedAgainLivesOn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s, other := node(t, live.Config{}), newSource(1), newSource(1)
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			q := other.number()
			q.Subscribe, q.Fragments = []string{"other"}, []live.Fragment{livetest.Text("other", "other")}
			if _, err := live.Keep(socket, "other", q); err != nil {
				return err
			}
			return keeping(s.number())(socket)
		})
		shows(t, p, "n", "1")
		other.slow(3 * time.Second) // the end waits for it
		s.fail(live.ErrForbidden)
		publish(t, k, "n")
		shows(t, p, "n", "cleared")
		s.fail(nil)
		s.set(2)
		publish(t, k, "n")
		shows(t, p, "n", "2")
		time.Sleep(time.Minute)
		synctest.Wait()
		if end := p.Ended(); end != nil {
			t.Fatalf("ended: %+v", end)
		}
		s.set(3)
		publish(t, k, "n")
		shows(t, p, "n", "3")
	})
}

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

// Topics that change with every fetch cost a bounded number of fetches, and one sentence.
func TestTopicsThatNeverSettleAreBackedOff(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var log journal
		k, s := node(t, live.Config{Logger: log.logger()}), newSource(0)
		q := s.number()
		q.SubscribeTo = func(int) []string { return []string{fmt.Sprint("topic ", s.count())} }
		open(t, k, q)
		time.Sleep(time.Hour)
		if got := s.count(); got > 300 {
			t.Errorf("%d fetches in an hour without a notification", got)
		}
		if got := log.count("SubscribeTo names topics"); got != 1 {
			t.Errorf("said %d times", got)
		}
	})
}

// A hook hears the topics of shared queries, and those that only it follows.
func TestAHookHearsWhatIsSharedAndWhatItFollowsAlone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] {
			q := s.number()
			q.SubscribeTo = func(n int) []string { return []string{fmt.Sprint("n ", n)} }
			return q
		})
		var heard box[[]string]
		p := livetest.OpenSocket(t, k, alice, func(socket *live.Socket) error {
			socket.OnNotification(func(_ context.Context, topic string, names []string) []string {
				heard.set(append(heard.get(), fmt.Sprint(topic, names)))
				return names
			}, "alone")
			return keeping(shared.With("all", 1))(socket)
		})
		synctest.Wait()
		s.set(1)
		publish(t, k, "n", "n 0", "alone", "nobody's")
		shows(t, p, "n", "1") // whatever the hook says
		publish(t, k, "n 0", "n 1")
		synctest.Wait()
		if got, want := heard.get(), []string{"alone[]", "n[]", "n 0[]", "n 1[]"}; !slices.Equal(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
		p.Close()
		if got := live.Followed(k); slices.Contains(got, "alone") {
			t.Errorf("a page that has ended follows %q", got)
		}
	})
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

func TestATopicThatNobodyHasEverFollowedIsLoggedOnRequest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var lines box[string]
		log := slog.New(slog.NewTextHandler(writer(func(b []byte) { lines.set(lines.get() + string(b)) }), &slog.HandlerOptions{Level: slog.LevelDebug}))
		k, s := node(t, live.Config{Logger: log}), newSource(0)
		p := open(t, k, s.number())
		publish(t, k, "n")
		p.Close()
		publish(t, k, "n") // it was followed once
		if got := lines.get(); strings.Contains(got, "ever followed") {
			t.Errorf("log: %s", got)
		}
		publish(t, k, "m")
		if got := lines.get(); strings.Count(got, "ever followed") != 1 || !strings.Contains(got, "topic=m") {
			t.Errorf("log: %s", got)
		}
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
				if _, err := live.Keep(socket, "first", s.number()); err != nil {
					return err
				}
				_, err := live.Keep(socket, "last", s.number())
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
