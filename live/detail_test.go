package live_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxlive/htmxlive/live"
	"github.com/htmxlive/htmxlive/live/fragment"
	"github.com/htmxlive/htmxlive/live/livetest"
	"github.com/htmxlive/htmxlive/paging"
)

// compact is a fragment that can be patched from a short stand-in for what is shown.
type compact struct {
	fragment.Fragment
	from *box[[]string]
}

func (f compact) Compact(rendered []byte) []byte {
	if string(rendered) == "3" {
		panic("sprung in Compact")
	}
	return append([]byte("short for "), rendered...)
}

func (f compact) Patch(old, rendered []byte) []byte {
	f.from.set(append(f.from.get(), string(old)))
	return f.Fragment.Patch(nil, rendered)
}

func TestAPageRemembersAStandInWhereAFragmentHasOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(1)
		var from box[[]string]
		q := s.number()
		q.Fragments = []fragment.Fragment{compact{livetest.Text("n", "n"), &from}}
		p := open(t, k, q)
		for n := range 4 {
			s.set(n + 2)
			publish(t, k, "n")
			shows(t, p, "n", fmt.Sprint(n+2))
		}
		if got, want := from.get(), []string{"short for 1", "short for 2", "3", "short for 4"}; !slices.Equal(got, want) {
			t.Errorf("patched from %q, want %q", got, want)
		}
	})
}

// Pages that are far behind, each in its own way, are sent what they need.
func TestPagesThatAreBehindCatchUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, s := node(t, live.Config{}), newSource(0)
		shared := live.Share(k, "n", func(int) live.Query[int] { return s.number() })
		var pages []*livetest.SocketPage
		for i := range 12 {
			p := open(t, k, shared.With("all", 1))
			p.Pause() // shows i, and is sent nothing before the end
			pages = append(pages, p)
			s.set(i + 1)
			publish(t, k, "n")
			synctest.Wait()
		}
		for i, p := range pages {
			p.Resume()
			shows(t, p, "n", "12")
			if got := len(p.Updates()); got != 1 {
				t.Errorf("page %d was sent %d updates", i, got)
			}
		}
	})
}

// An engine that does not answer costs BrokerTimeout and no more.
func TestAnEngineThatHangsIsGivenUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		e := &engine{Broker: new(livetest.Bus).Node()}
		k := node(t, live.Config{Broker: e, BrokerTimeout: 3 * time.Second})
		e.alter(func(e *engine) {
			e.publish = func(ctx context.Context) error {
				<-ctx.Done()
				return ctx.Err()
			}
		})
		began := time.Now()
		if err := k.Publish(t.Context(), "n"); err != nil || time.Since(began) != 3*time.Second {
			t.Errorf("Publish: %v after %v", err, time.Since(began))
		}
		e.alter(func(e *engine) { e.publish = nil })
	})
}

// A patch that cannot be made in any way is tried again, for as long as it takes.
func TestAPatchThatFailsAltogetherIsRetriedWithBackoff(t *testing.T) {
	bubble(t, func(t *testing.T) {
		k, tb, tr := node(t, live.Config{}), newTable(1), &trap{}
		p := livetest.OpenSocket(t, k, alice, tr.handler(tb))
		synctest.Wait()
		tr.place.set("Patch")
		tb.put(row{1, "b"})
		publish(t, k, "rows")
		time.Sleep(10 * time.Second)
		shows(t, p, "rows", "1=a")
		if got := k.Stats().Failures; got != 10 { // 0, 0.5, 1.5, 3.5, 7.5 s: the difference, then the whole
			t.Errorf("%d failures", got)
		}
		tr.place.set("")
		time.Sleep(30 * time.Second)
		shows(t, p, "rows", "1=b")
	})
}

// heap is the bytes that are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// The page of a browser that does not read holds no more after a hundred thousand changes than after one.
func TestAStalledPageDoesNotGrow(t *testing.T) {
	k := live.NewKeeper(live.Config{})
	tb := newTable(1, 2)
	s := connect(t, k)
	s.Socket().OnNotification(func(_ context.Context, _ string, assigns []string) []string { return assigns })
	if err := keepRows(s.Socket(), tb.pages(keyset())); err != nil {
		t.Fatal(err)
	}
	if _, err := live.Keep(s.Socket(), "shared", live.Share(k, "n", func(int) live.Query[int] { return newSource(1).number() }).With("all", 1)); err != nil {
		t.Fatal(err)
	}
	s.Start()
	before := heap()
	for range 100_000 {
		publish(t, k, "rows", "n")
		if err := s.Socket().Refetch(); err != nil {
			t.Fatal(err)
		}
	}
	if grown := heap() - before; grown > 1<<20 {
		t.Errorf("%d bytes more", grown)
	}
	s.Close()
	if err := k.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

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
