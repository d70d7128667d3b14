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

// why is what Why says of the one result of the one stream of "/".
func why(t *testing.T, k *live.Keeper) live.AssignInfo {
	t.Helper()
	synctest.Wait()
	info := k.Why("/")
	if len(info.Streams) != 1 || len(info.Streams[0].Kept) != 1 {
		t.Fatalf("Why says %+v", info)
	}
	return info.Streams[0].Kept[0]
}

// What Why tells of a query that is live: what it follows, what it was told, what that has cost.
func TestWhyTellsOfAQuery(t *testing.T) {
	both(t, func(t *testing.T, shared bool) {
		k, s := node(t, live.Config{}), newSource(10)
		q := s.reading("a")
		q.SubscribeTo = func(int) []string { return []string{"b"} }
		q.Subscribe = []string{"c"}
		open(t, k, asShared(k, q, shared))
		time.Sleep(time.Second)
		opened := why(t, k) // whether the fetch that follows b found the same depends on whether the stream was there already
		s.slow(20 * ms)
		publish(t, k, "a") // all is the same
		time.Sleep(time.Second)
		s.set(123)
		publish(t, k, "c")
		time.Sleep(time.Second)
		a := why(t, k)
		if a.Name != "n" || !a.Live || a.State != "it follows 3 topics" || a.Viewers != 1 || (a.Shared == "n") != shared || (a.Scope == "all") != shared {
			t.Errorf("%+v", a)
		}
		want := []live.TopicInfo{{"a", "SubscribeTo or read"}, {"b", "SubscribeTo or read"}, {"c", "Subscribe"}}
		for i, topic := range a.Topics {
			if topic != want[i] {
				t.Errorf("topic %d is %v, want %v", i, topic, want[i])
			}
		}
		if a.NotifiedOf != "c" || a.NotifiedBy != "Publish on this node" || time.Since(a.NotifiedAt) != time.Second || a.Notifications != 2 || a.Skipped != 0 {
			t.Errorf("notified: %+v", a)
		}
		if time.Since(a.FetchedAt) != time.Second || a.Took != 20*ms || a.Error != "" || a.Fetches != opened.Fetches+2 || a.Same != opened.Same+1 || a.Partial != 0 {
			t.Errorf("fetched: %+v", a)
		}
		text := k.Why("/").String()
		for _, part := range []string{
			"/: 1 open stream\n", "user alice, open for 3s", "n is live: it follows 3 topics", "b (SubscribeTo or read)", "c (Subscribe)",
			"2 in all, 0 skipped for their facts; last 1s ago of c by Publish on this node",
			fmt.Sprintf("%d in all, 0 of some rows only, %d found the same; last 1s ago in 20ms", a.Fetches, a.Same),
		} {
			if !strings.Contains(text, part) {
				t.Errorf("no %q in\n%s", part, text)
			}
		}
	})
}

// Rows that were rendered and rows that were not, fetches of some rows, and notifications that cost none.
func TestWhyCountsRows(t *testing.T) {
	keptRows(t, live.ResultsKeep, func(t *testing.T, k *live.Keeper, tb *table, _ *livetest.SocketPage) {
		before := why(t, k)
		tb.put(row{1, "b"})
		changed(t, k, 1)
		changed(t, k, 3) // which nobody shows
		a := why(t, k)
		if a.Partial != 1 || a.Skipped != 1 || a.Notifications != 2 || a.Fetches != before.Fetches+1 || a.NotifiedOf != "rows" || a.NotifiedBy != "a commit on this node" {
			t.Errorf("%+v", a)
		}
	})
	bubble(t, func(t *testing.T) {
		k, tb := node(t, live.Config{}), newTable(1, 2, 3)
		q := tb.list()
		q.Fragments = []fragment.Fragment{items(new(atomic.Int64), item)}
		s := connect(t, k)
		defer s.Close()
		if err := keepRows(s.Socket(), q); err != nil {
			t.Fatal(err)
		}
		s.Start()
		s.Next()
		tb.put(row{2, "b"})
		publish(t, k, "rows")
		synctest.Wait()
		u, _ := s.Next()
		if a := why(t, k); a.RowsRendered != 1 || a.RowsCached != 2 || a.Sent != len(u.Patches[0].HTML) || a.Bytes < 3*len(item(row{1, "a"})) {
			t.Errorf("%+v, sent %+v", a, u)
		}
	})
}

// Where a notification came from, as far as the keeper knows.
func TestWhyKnowsWhereFrom(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var bus livetest.Bus
		here, there := node(t, live.Config{Broker: bus.Node()}), node(t, live.Config{Broker: bus.Node()})
		q := newSource(1).number()
		p := open(t, here, q)
		raw := bus.Node()
		for _, c := range []struct {
			want string
			tell func() error
		}{
			{"Publish on this node", func() error { return here.Publish(t.Context(), "n") }},
			{"a commit on this node", func() error { return here.PublishChanges(t.Context(), []live.Change{{Topic: "n", Table: "n"}}) }},
			{"another node", func() error { return there.Publish(t.Context(), "n") }},
			{"another node", func() error { return there.PublishChanges(t.Context(), []live.Change{{Topic: "n", Table: "n"}}) }},
			{"the database or broker itself", func() error { return raw.Publish(t.Context(), []byte("n")) }},
			{"the database or broker itself", func() error { return raw.Publish(t.Context(), []byte(`{"v":1,"from":"","topics":["n"]}`)) }},
			{"a resync, for notifications may have been lost", func() error { here.Resync(); return nil }},
			{"Refetch", func() error { return p.Socket().Refetch() }},
		} {
			if err := c.tell(); err != nil {
				t.Fatal(err)
			}
			if a := why(t, here); a.NotifiedBy != c.want || (a.NotifiedOf == "n") == (c.want == "Refetch" || strings.HasPrefix(c.want, "a resync")) {
				t.Errorf("%q of %q, want %q", a.NotifiedBy, a.NotifiedOf, c.want)
			}
		}
	})
	bubble(t, func(t *testing.T) {
		k, q := node(t, live.Config{}), newSource(1).number()
		q.RefetchInterval = time.Second
		open(t, k, q)
		time.Sleep(1500 * ms)
		if a := why(t, k); a.NotifiedBy != "RefetchInterval" || a.State != "it follows a topic and is refetched every 1s" {
			t.Errorf("%+v", a)
		}
	})
}

// What is not live says so, and why.
func TestWhyNotLive(t *testing.T) {
	for name, c := range map[string]struct {
		alter func(q *live.Query[int])
		then  func(k *live.Keeper, s *source, p *livetest.SocketPage)
		want  string
		live  bool
	}{
		"NoRefetch": {alter: func(q *live.Query[int]) { q.NoRefetch = true }, want: "NoRefetch is set"},
		"no topic":  {alter: func(q *live.Query[int]) { q.Subscribe = nil }, want: "nothing refetches it: it follows no topic and has no RefetchInterval, and its Fetch has recorded nothing"},
		"failing": {then: func(k *live.Keeper, s *source, _ *livetest.SocketPage) {
			s.fail(errors.New("no connection"))
			publish(t, k, "n")
		}, want: "the newest fetch has failed, 1 in a row, and what is shown is older; the next is tried in 500ms"},
		"gone": {then: func(k *live.Keeper, s *source, _ *livetest.SocketPage) {
			s.fail(live.ErrGone)
			publish(t, k, "n")
		}, want: "its subject is gone (ErrGone)"},
		"loading": {alter: func(q *live.Query[int]) {
			q.LoadUntilConnected = true
			q.Fetch = func(ctx context.Context) (int, error) { return 1, pause(ctx, time.Second) }
		}, want: "it is being loaded"},
		"a browser that does not read": {then: func(k *live.Keeper, s *source, p *livetest.SocketPage) {
			p.Pause()
			s.set(2)
			publish(t, k, "n")
		}, want: "its browser does not read its stream"},
		"running": {then: func(k *live.Keeper, s *source, _ *livetest.SocketPage) {
			s.slow(time.Second)
			publish(t, k, "n")
			time.Sleep(300 * ms)
		}, want: "it follows a topic; a fetch has been running for 300ms", live: true},
		"in a window": {alter: func(q *live.Query[int]) { q.RefetchWindow = time.Second }, then: func(k *live.Keeper, _ *source, _ *livetest.SocketPage) {
			time.Sleep(2 * time.Second)
			publish(t, k, "n")
			time.Sleep(400 * ms)
			publish(t, k, "n")
		}, want: "it follows a topic; a change waits for the end of RefetchWindow, 600ms", live: true},
		"hooked": {then: func(_ *live.Keeper, _ *source, p *livetest.SocketPage) {
			p.Socket().OnNotification(func(context.Context, string, []string) []string { return nil })
		}, want: "OnNotification decides", live: true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				k, s := node(t, live.Config{}), newSource(1)
				q := s.number()
				if c.alter != nil {
					c.alter(&q)
				}
				p := open(t, k, q)
				if c.then != nil {
					c.then(k, s, p)
				}
				a := why(t, k)
				if a.Live != c.live || !strings.Contains(a.State, c.want) {
					t.Errorf("live %v: %q, want %q", a.Live, a.State, c.want)
				}
				if text := k.Why("/").String(); strings.Contains(text, "NOT LIVE") == c.live {
					t.Error(text)
				}
				if name == "failing" && a.Error != "no connection" {
					t.Errorf("%+v", a)
				}
			})
		})
	}
}
