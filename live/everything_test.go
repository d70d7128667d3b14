package live_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/paging"
)

// Everything at once, in real time: for the race detector.
func TestEverythingAtOnce(t *testing.T) {
	var bus livetest.Bus
	tb := newTable(1, 2, 3)
	var running sync.WaitGroup
	var stop atomic.Bool
	for range 2 {
		k := live.NewKeeper(live.Config{Broker: bus.Node(), IdleTimeout: time.Millisecond, MaxIdle: 2})
		shared := live.Share(k, "rows", func(int) live.PageQuery[row, int] { return tb.pages(keyset()) })
		handler := func(s *live.Socket) error {
			if err := keepRows(s, shared.With("all", rand.IntN(3))); err != nil {
				return err
			}
			_, err := live.KeepList(s, "list", live.ListQuery[row, int]{
				Fetch: tb.all, Key: rowKey, Subscribe: []string{"rows"}, SubscribeTo: topicsOf, RefetchInterval: time.Millisecond,
				Results: live.ResultsHold, Fragments: []fragment.Fragment{livetest.Text("list", "list")},
			})
			return err
		}
		for i := range 4 {
			running.Go(func() {
				for !stop.Load() {
					churn(t, k, fmt.Sprint(i), handler)
				}
			})
		}
		running.Go(func() {
			for i := 0; !stop.Load(); i++ {
				tb.put(row{i % 5, fmt.Sprint(i)})
				tb.remove((i + 2) % 5)
				if err := k.Publish(t.Context(), "rows", row{ID: i % 5}.topic()); err != nil {
					t.Error(err)
				}
				k.Inspect()
				k.Stats()
				if i%50 == 0 {
					bus.Resync()
				}
			}
		})
		defer func() {
			if err := k.Close(context.Background()); err != nil {
				t.Error(err)
			}
			if st := k.Stats(); st.Streams != 0 || st.Topics != 0 || st.Shared != 0 {
				t.Errorf("left: %+v", st)
			}
		}()
	}
	time.AfterFunc(500*ms, func() { stop.Store(true) })
	running.Wait()
}

// churn opens a stream, lets others use it while it is read, and leaves.
func churn(t *testing.T, k *live.Keeper, session string, handler livetest.Handler) {
	t.Helper()
	if err := load(t, k, handler); err != nil {
		t.Error(err)
		return
	}
	s, err := k.Connect(t.Context(), live.SocketConfig{Session: session, Connected: true})
	if err != nil {
		t.Error(err)
		return
	}
	defer s.Close()
	if err := handler(s.Socket()); err != nil {
		t.Error(err)
		return
	}
	s.Start()
	var users sync.WaitGroup
	users.Go(func() { _ = s.Socket().Refetch() })
	users.Go(func() { _ = s.Socket().ChangePage("rows", paging.Next) })
	users.Go(func() {
		if err := k.KickSession(t.Context(), session); err != nil {
			t.Error(err)
		}
	})
	for range 5 {
		<-s.Changed()
		u, _ := s.Next()
		s.State()
		if u.Close != nil {
			break
		}
	}
	users.Wait()
}
